import type { TFunction } from "i18next";
import type { Agent } from "~/api/agents";
import type { Format } from "~/lib/format";
import { viewerZone, zoneCity } from "./zones";

/** Within this time it is told how long it takes; after that the clock of its zone counts. */
const SOON_MS = 86_400_000;

/**
 * When an agent runs next, or why it does not. Never a time in the past: what is due is "now". A date is that of the
 * schedule's zone, so that it agrees with the schedule's sentence; the zone is named where it is not the reader's.
 */
export function nextRunText(
  t: TFunction,
  format: Format,
  agent: Agent,
  now: number,
  language: string,
): string {
  const { schedule, next_run_at: next } = agent;
  if (!schedule) return t("agents.nextNone");
  if (agent.status === "inactive") return t("agents.off");
  if (isPaused(schedule)) return pausedText(t, schedule);
  if (!next) return t("agents.nextNone");
  const zone = schedule.time_zone;
  if (zone === viewerZone() || Date.parse(next) - now <= SOON_MS) return format.ahead(next, now);
  return `${format.at(next, zone)} ${zoneCity(zone, language)}`;
}

export const isPaused = (schedule: NonNullable<Agent["schedule"]>): boolean =>
  schedule.paused || schedule.paused_reason !== null;

export function pausedText(t: TFunction, schedule: NonNullable<Agent["schedule"]>): string {
  if (schedule.paused_reason === "failures") return t("agents.pausedFailures", { count: schedule.failures });
  if (schedule.paused_reason === "cannot_compute") return t("agents.pausedCannot");
  return t("agents.paused");
}
