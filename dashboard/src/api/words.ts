import type { TFunction } from "i18next";
import { ApiError } from "./client";

type ErrorKey = keyof typeof import("../i18n/en").en.error;

/** Stable codes of the server that have words of their own; the rest is told by its status. */
const BY_CODE: Readonly<Record<string, ErrorKey>> = {
  network: "network",
  "quota.concurrent_runs": "quota",
  "conversation.busy": "busy",
  "conversation.not_found": "conversationGone",
  "conversation.title": "title",
  "message.too_long": "messageTooLong",
  "message.nul": "messageNul",
  "run.unfinished": "unfinished",
  "file.path": "badName",
  "file.exists": "exists",
  "file.kind": "exists",
  "file.changed": "conflict",
  "file.slow": "uploadCut",
  "file.cut": "uploadCut",
  "file.no_space": "disk",
  "workspace.engine_down": "engineDown",
  "workspace.image_missing": "imageMissing",
  "workspace.unavailable": "workspace",
  "settings.model_key": "modelKey",
  "settings.owner": "owner",
  "quota.agents": "agents",
  "agent.invalid": "agentInvalid",
  "agent.import": "agentImport",
  "agent.changed": "agentChanged",
  "agent.not_found": "agentGone",
  "schedule.invalid": "scheduleInvalid",
  "schedule.not_found": "scheduleGone",
  "schedule.busy": "scheduleBusy",
  "schedule.too_many": "tooManyTimes",
  "secret.name": "secretName",
  "secret.value": "secretValue",
  "secret.limit": "secretLimit",
  "proposal.decided": "decided",
  "notification.channel": "noChannel",
  "notification.mail": "noMail",
  "sign_in.refused": "signInRefused",
  "sign_in.stale": "signInStale",
  "sign_in.not_admitted": "notAdmitted",
  "sign_in.unavailable": "signInUnavailable",
  "token.limit": "tokenLimit",
  "store.full": "serverDisk",
  "store.unavailable": "storeAway",
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

/** What happened, what it means for the work, and what to do. */
export function errorText(t: TFunction, error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.server");
  return t(`error.${errorKey(error.code, error.status)}`);
}

/** The same of something that is asked for again by itself. */
export function waitingText(t: TFunction, error: ApiError): string {
  return t(error.code === "store.unavailable" ? "error.storeWaits" : "error.networkWaits");
}

/** `status` is null for an error frame, which has none. */
export function errorKey(code: string, status: number | null): ErrorKey {
  const known = BY_CODE[code] ?? (status === null ? undefined : BY_STATUS[status]);
  if (known) return known;
  const ours = status === null ? /^(?:store|internal)\b/.test(code) : status < 400 || status >= 500;
  return ours ? "server" : "refused";
}
