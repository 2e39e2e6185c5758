import type { TFunction } from "i18next";
import type { Reason } from "~/live/protocol";
import type { Outcome } from "~/live/transcript";

type ReasonKey = keyof typeof import("../i18n/en").en.reason;

/** The server's word for why a run ended, as the catalogue names it; `completed` needs no words. */
const REASONS: Readonly<Record<Exclude<Reason, "completed">, ReasonKey>> = {
  stopped_by_user: "stoppedByUser",
  replaced_by_next: "replacedByNext",
  model_error: "modelError",
  model_key_missing: "keyMissing",
  model_key_refused: "keyRefused",
  rate_limited: "rateLimited",
  context_too_long: "contextTooLong",
  turn_limit: "turnLimit",
  time_limit: "timeLimit",
  budget: "budget",
  out_of_memory: "outOfMemory",
  disk_full: "diskFull",
  claude_died: "claudeDied",
  claude_garbled: "claudeGarbled",
  output_limit: "outputLimit",
  image_missing: "imageMissing",
  engine_down: "engineDown",
  workspace_failed: "workspaceFailed",
  workspace_lost: "workspaceLost",
  runner_lost: "runnerLost",
  needs_you: "needsYou",
  internal: "internal",
};

/** Reasons that Settings can put right. */
const MENDED_IN_SETTINGS: ReadonlySet<string> = new Set(["model_key_missing", "model_key_refused"]);

export interface OutcomeWords {
  text: string;
  /** For whoever is asked for help; null where a person's own wish ended the run. */
  code: string | null;
  inSettings: boolean;
}

/** How a run ended, in plain words; null when there is nothing to say (it is done). */
export function outcomeWords(t: TFunction, outcome: Outcome): OutcomeWords | null {
  if (outcome.state === "succeeded") return null;
  const { reason } = outcome;
  // A newer server may know reasons that this page does not: the state says enough then.
  const key = reason && Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : null;
  return {
    text: key ? t(`reason.${key}`) : t(`outcome.${outcome.state}`),
    code: outcome.state === "cancelled" ? null : reason,
    inSettings: reason !== null && MENDED_IN_SETTINGS.has(reason),
  };
}
