import type { TFunction } from "i18next";
import type { Outcome } from "~/live/transcript";

type ReasonKey = keyof typeof import("../i18n/en").en.reason;

/** Which reason codes have words of their own: the first pattern that is found in the code. */
const REASONS: readonly (readonly [RegExp, ReasonKey])[] = [
  [/overloaded|529/, "overloaded"],
  [/rate_?limit|429/, "rate_limit"],
  [/key_missing|no_key/, "key_missing"],
  [/key_refused|authentication|permission|401|403/, "key_refused"],
  [/unreachable|model\.network|connection/, "network"],
  [/engine/, "engine"],
  [/image/, "image"],
  [/memory|oom/, "memory"],
  [/disk|enospc/, "disk"],
  [/crash|exited|no_result|cli\./, "crashed"],
  [/invalid_request|model\.refused|400|413/, "refused"],
];

const CODE = /^[a-z0-9_.-]{1,64}$/;

/** How a run ended, in plain words; null when there is nothing to say (it is done). */
export function outcomeWords(t: TFunction, outcome: Outcome): { text: string; code: string | null } | null {
  if (outcome.state === "succeeded") return null;
  const code = outcome.reason && CODE.test(outcome.reason) ? outcome.reason : null;
  const key =
    outcome.state === "failed" ? REASONS.find(([pattern]) => code && pattern.test(code))?.[1] : undefined;
  return { text: key ? t(`reason.${key}`) : t(`outcome.${outcome.state}`), code };
}
