import { queryOptions } from "@tanstack/react-query";
import { ApiError, answer, client, problem, request } from "./client";

export const filesQuery = (path: string) =>
  queryOptions({
    queryKey: ["files", "list", path],
    queryFn: () => answer(client.GET("/api/files", { params: { query: { path } } })),
  });

/** The address of a file of the workspace; each part of its path is escaped, the slashes stay. */
export function fileUrl(path: string): string {
  return `/api/files/${path.split("/").filter(Boolean).map(encodeURIComponent).join("/")}`;
}

export const downloadUrl = (path: string) => `${fileUrl(path)}?download=1`;

/** A folder as one archive, or of it only what is named; without a path, the workspace. */
export function zipUrl(folder: string, names: readonly string[] = []): string {
  const only = names.map((name) => `&name=${encodeURIComponent(name)}`).join("");
  return `${folder ? fileUrl(folder) : "/api/files"}?zip${only}`;
}

export interface FileBody {
  blob: Blob;
  etag: string | null;
}

export async function readFile(path: string, signal?: AbortSignal): Promise<FileBody> {
  const response = await request(fileUrl(path), signal ? { signal } : {});
  return { blob: await response.blob(), etag: response.headers.get("etag") };
}

/** The contents of a file; `version` (its change time, say) makes a changed file a new entry. */
export const fileQuery = (path: string, version: string) =>
  queryOptions({
    queryKey: ["file", path, version],
    queryFn: ({ signal }) => readFile(path, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120_000,
  });

/** Answers the new entity tag. */
export async function saveText(path: string, text: string, etag: string | null): Promise<string | null> {
  const response = await request(fileUrl(path), {
    method: "PUT",
    body: text,
    headers: { "content-type": "application/octet-stream", ...(etag ? { "if-match": etag } : {}) },
  });
  return response.headers.get("etag");
}

export async function makeFolder(path: string): Promise<void> {
  await request(`${fileUrl(path)}?mkdir`, { method: "POST" });
}

export async function renameFile(path: string, to: string): Promise<void> {
  await request(`${fileUrl(path)}?rename_to=${encodeURIComponent(to)}`, { method: "POST" });
}

/** `keepalive`: it may be the last thing a page does. */
export async function deleteFile(path: string): Promise<void> {
  await request(fileUrl(path), { method: "DELETE", keepalive: true });
}

export interface Upload {
  done: Promise<void>;
  cancel(): void;
}

/** Uploads with progress, which `fetch` cannot tell. `done` rejects with an `ApiError`, or an `AbortError` when cancelled. */
export function upload(path: string, body: Blob, onProgress: (sent: number) => void): Upload {
  const call = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    call.open("PUT", fileUrl(path));
    call.setRequestHeader("content-type", "application/octet-stream");
    call.upload.onprogress = (event) => onProgress(event.loaded);
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) return resolve();
      reject(problem(call.status, parsed(call.responseText)));
    };
    call.onerror = () => reject(new ApiError("network", 0, "upload failed"));
    call.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    call.send(body);
  });
  return { done, cancel: () => call.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
