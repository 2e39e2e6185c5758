import type { TFunction } from "i18next";
import type { Run } from "~/api/runs";

/** What a run is called: its agent's name, or that it answered a message. */
export const runName = (t: TFunction, run: Pick<Run, "agent_name">): string =>
  run.agent_name ?? t("runs.chat");

/** How long a run took, or has taken so far, in milliseconds; null before it began. */
export function tookMs(run: Run, now: number): number | null {
  if (!run.started_at) return null;
  return run.duration_ms ?? Math.max(0, now - Date.parse(run.started_at));
}
