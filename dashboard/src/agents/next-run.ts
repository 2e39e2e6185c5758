import type { TFunction } from "i18next";
import type { Agent } from "~/api/agents";
import type { Format } from "~/lib/format";

/** When an agent runs next, or why it does not. Never a time in the past: what is due is "now". */
export function nextRunText(t: TFunction, format: Format, agent: Agent, now: number): string {
  const { schedule } = agent;
  if (!schedule) return t("agents.nextNone");
  if (agent.status === "inactive") return t("agents.off");
  if (isPaused(schedule)) return pausedText(t, schedule);
  if (!agent.next_run_at) return t("agents.nextNone");
  return format.ahead(agent.next_run_at, now);
}

export const isPaused = (schedule: NonNullable<Agent["schedule"]>): boolean =>
  schedule.paused === true || schedule.paused_reason !== null;

export function pausedText(t: TFunction, schedule: NonNullable<Agent["schedule"]>): string {
  if (schedule.paused_reason === "failures") return t("agents.pausedFailures", { count: schedule.failures });
  if (schedule.paused_reason === "cannot_compute") return t("agents.pausedCannot");
  return t("agents.paused");
}
