import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

/** The shapes of the API, from its own description. */
export type Schemas = components["schemas"];
export type Conversation = Schemas["Conversation"];
export type FileEntry = components["schemas"]["FileEntry"];
export type FileListing = components["schemas"]["FileListing"];
export type Profile = components["schemas"]["Profile"];
export type Run = components["schemas"]["Run"];
export type Settings = components["schemas"]["Settings"];
export type UsageRow = components["schemas"]["UsageRow"];
export type Workspace = components["schemas"]["Workspace"];

/** What is wrong with one field of what was sent; `field` is a path such as `prompt` or `done/0/path`. */
export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

/** A problem document (RFC 9457), or code `network` when the server could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly errors: readonly FieldProblem[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/**
 * Nobody can answer for now: the server is out of reach, or its store is, which passes within minutes. Whatever was only asked may
 * be asked again.
 */
export function isAway(error: unknown): error is ApiError {
  return error instanceof ApiError && AWAY.test(error.code);
}

/** The last are what stands before the server says of it, without words of ours. */
const AWAY = /^(?:network|store\.unavailable|http\.50[234])$/;

/** Where a route has another form beside JSON (a table, a stream), this client asks for JSON. */
export const client = createClient<paths, "application/json">({ baseUrl: globalThis.location?.origin ?? "" });

/** The body of a good answer; anything else is thrown as an `ApiError`. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const result = await reach(call);
  if (!result.response.ok) throw problem(result.response.status, result.error);
  return (result.data ?? null) as NonNullable<T>;
}

/** Like `fetch`, but throws an `ApiError` for every answer that is not a success. */
export async function request(input: string, init?: RequestInit): Promise<Response> {
  const response = await reach(fetch(input, init));
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  throw problem(response.status, body);
}

export function problem(status: number, body: unknown): ApiError {
  const document = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const code = typeof document.code === "string" ? document.code : `http.${status}`;
  const text = typeof document.detail === "string" ? document.detail : String(document.title ?? status);
  return new ApiError(code, status, text, Array.isArray(document.errors) ? document.errors : []);
}

async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("network", 0, String(cause));
  }
}
