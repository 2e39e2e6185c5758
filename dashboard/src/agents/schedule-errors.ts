import type { TFunction } from "i18next";
import { ApiError } from "~/api/client";
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

/** Why a schedule was refused, field by field, in the reader's words. */
export function scheduleErrorText(t: TFunction, error: unknown): string {
  if (!(error instanceof ApiError) || error.errors.length === 0) return errorText(t, error);
  const keys = error.errors.map(({ code }) => KNOWN.find((known) => known === code) ?? "other");
  // The keys hold dots of their own, which are no steps into the catalogue.
  return [...new Set(keys)].map((key) => t("schedule.bad", { returnObjects: true })[key]).join(" ");
}
