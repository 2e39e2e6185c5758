import type { TFunction } from "i18next";
import { ApiError } from "./client";

type ErrorKey = keyof typeof import("../i18n/en").en.error;

/** Stable codes of the server that have words of their own; the rest is told by its status. */
const BY_CODE: Readonly<Record<string, ErrorKey>> = {
  network: "network",
  "quota.concurrent_runs": "quota",
  "files.exists": "exists",
  "files.changed": "conflict",
  "files.bad_path": "badName",
  "files.full": "disk",
};

const BY_STATUS: Readonly<Record<number, ErrorKey>> = {
  401: "unauthorized",
  404: "notFound",
  409: "exists",
  412: "conflict",
  413: "tooLarge",
  429: "quota",
  507: "disk",
};

/** What happened, what it means for the work, and what to do: never the server's own text. */
export function errorText(t: TFunction, error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.server");
  return t(`error.${errorKey(error.code, error.status)}`);
}

export function errorKey(code: string, status: number): ErrorKey {
  const known = BY_CODE[code] ?? BY_STATUS[status];
  if (known) return known;
  return status >= 400 && status < 500 ? "refused" : "server";
}
