import type { TFunction } from "i18next";
import { ApiError, type FieldProblem } from "~/api/client";
import { errorText } from "~/api/words";
import type { en } from "~/i18n/en";

type BadKey = keyof typeof en.schedule.bad;
const KNOWN = [
  "schedule.cron",
  "schedule.cron_never",
  "schedule.time",
  "schedule.time_zone",
  "schedule.weekdays",
  "schedule.day_of_month",
  "schedule.catch_up_max",
  "schedule.jitter_seconds",
] as const satisfies BadKey[];

const isOfSchedule = ({ code }: FieldProblem): boolean => code.startsWith("schedule.");

/** Whether it is the schedule that was refused, alone or as part of an agent. */
export const isScheduleError = (error: unknown): boolean =>
  error instanceof ApiError && error.errors.some(isOfSchedule);

/** Why a schedule was refused, field by field, in the reader's words. */
export function scheduleErrorText(t: TFunction, error: unknown): string {
  const wrong = error instanceof ApiError ? error.errors.filter(isOfSchedule) : [];
  if (wrong.length === 0) return errorText(t, error);
  const keys = wrong.map(({ code }) => KNOWN.find((known) => known === code) ?? "other");
  // The keys hold dots of their own, which are no steps into the catalogue.
  return [...new Set(keys)].map((key) => t("schedule.bad", { returnObjects: true })[key]).join(" ");
}
