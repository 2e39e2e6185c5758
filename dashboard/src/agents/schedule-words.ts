/** A schedule as one sentence, in pieces: what is plain text and what is a control. */
import type { TFunction } from "i18next";
import { type ScheduleSpec, WEEKDAYS, type Weekday } from "~/api/schedules";
import { dateTimeFormat } from "~/lib/intl";
import { zoneCity } from "./zones";

export type Control = "when" | "time" | "minute" | "cron" | "zone";
export type Piece = { text: string } | { control: Control; text: string };

const WORKDAYS = "mon,tue,wed,thu,fri";
/** Between text and control in a filled sentence; no catalogue has it. */
const SEAM = "\u0001";

/** Splits the catalogue's sentence at its controls, so that each language keeps its own order of words. */
export function scheduleSentence(t: TFunction, schedule: ScheduleSpec, language: string): Piece[] {
  const texts = controlTexts(t, schedule, language);
  const slots = Object.fromEntries(Object.keys(texts).map((name) => [name, `${SEAM}${name}${SEAM}`]));
  const filled = t(`schedule.sentence.${schedule.frequency}`, slots as Record<Control, string>);
  return filled.split(SEAM).flatMap((part, index): Piece[] => {
    if (index % 2 === 1) return [{ control: part as Control, text: texts[part as Control] }];
    return part ? [{ text: part }] : [];
  });
}

export const scheduleText = (t: TFunction, schedule: ScheduleSpec, language: string): string =>
  scheduleSentence(t, schedule, language)
    .map((piece) => piece.text)
    .join("");

function controlTexts(t: TFunction, schedule: ScheduleSpec, language: string): Record<Control, string> {
  const time = schedule.time ?? "00:00";
  return {
    when: whenText(t, schedule, language),
    time,
    minute: time.slice(3),
    cron: schedule.cron || "* * * * *",
    zone: zoneCity(schedule.time_zone, language),
  };
}

function whenText(t: TFunction, schedule: ScheduleSpec, language: string): string {
  switch (schedule.frequency) {
    case "hourly":
      return t("schedule.hour");
    case "daily":
      return t("schedule.day");
    case "weekly":
      return weekdaysText(t, schedule.weekdays, language);
    case "monthly":
      return dayOfMonth(t, schedule.day_of_month ?? 1, language);
    case "cron":
      return t("schedule.cron");
  }
}

function weekdaysText(t: TFunction, chosen: readonly Weekday[], language: string): string {
  const days = WEEKDAYS.filter((day) => chosen.includes(day));
  if (days.length === 0) return t("schedule.noDay");
  if (days.join() === WORKDAYS) return t("schedule.workday");
  const [only] = days;
  if (only && days.length === 1) return weekdayName(only, language, "long");
  const names = days.map((day) => weekdayName(day, language, "short"));
  if (language === "ko") return names.join("·");
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}

/** 2024 began on a Monday. */
export function weekdayName(day: Weekday, language: string, style: "long" | "short"): string {
  const date = Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day));
  return dateTimeFormat(language, { weekday: style, timeZone: "UTC" }).format(date);
}

export function dayOfMonth(t: TFunction, day: number, language: string): string {
  const form = language === "en" ? new Intl.PluralRules("en", { type: "ordinal" }).select(day) : "other";
  const suffix = { one: "st", two: "nd", few: "rd", other: "th", zero: "th", many: "th" }[form];
  return t("schedule.monthDay", { day, suffix: language === "en" ? suffix : "" });
}

/** Reads a time as people type it: "8", "830", "8:30", "20시 5분"; null when it is none. */
export function parseTime(text: string): string | null {
  const plain = text.replaceAll(/\s/g, "");
  const found = /^(\d{1,2})(?:[:.시](\d{1,2})?분?)?$/.exec(plain) ?? /^(\d{1,2})(\d{2})$/.exec(plain);
  if (!found) return null;
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  return hour < 24 && minute < 60 ? clock(hour * 60 + minute) : null;
}

/** Later or earlier on the same clock, over midnight too. */
export function shiftTime(time: string, minutes: number): string {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return clock((hour * 60 + minute + minutes + 1_440) % 1_440);
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
