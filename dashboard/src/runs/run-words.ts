import type { TFunction } from "i18next";
import { isOpen, type Run } from "~/api/runs";
import { outcomeWords } from "~/chat/outcome-words";
import { firstLine } from "~/lib/first-line";
import type { FinalState } from "~/live/protocol";

/** What a run is called: its agent's name, or that it answered a message. */
export const runName = (t: TFunction, run: Pick<Run, "agent_name">): string =>
  run.agent_name ?? t("runs.chat");

/** How long a run took, or has taken so far, in milliseconds; null before it began. */
export function tookMs(run: Run, now: number): number | null {
  if (!run.started_at) return null;
  return run.duration_ms ?? Math.max(0, now - Date.parse(run.started_at));
}

/** What a run came to, in a line: the first of its result or of its question, or else why there is none. */
export function runLine(t: TFunction, run: Run): string | null {
  if (isOpen(run.state)) return null;
  const words =
    run.reason === "needs_you"
      ? null
      : outcomeWords(t, { ...run, state: run.state as FinalState, durationMs: 0 });
  return words?.text ?? firstLine(run.result);
}
