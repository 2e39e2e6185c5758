import { useTranslation } from "react-i18next";
import { dateTimeFormat, numberFormat, relativeTimeFormat } from "./intl";

const DAY_MS = 86_400_000;

/** Numbers, money, sizes and times as the reader's language writes them. */
export interface Format {
  number(value: number): string;
  compact(value: number): string;
  money(usd: number): string;
  bytes(bytes: number): string;
  /** A length of time, for people: "0.4 s", "12 s", "3 min 5 s". */
  duration(ms: number): string;
  /** Relative within the last day, a date and time before that. */
  when(iso: string, now: number): string;
  /** How far ahead within the next day, a date and time after that. Never in the past: what is due is "now". */
  ahead(iso: string, now: number): string;
  /** Date and time as the clocks of an IANA zone show them; the reader's own without one. */
  at(iso: string, timeZone?: string): string;
  full(iso: string): string;
  day(iso: string): string;
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return makeFormat(i18n.language);
}

const formats = new Map<string, Format>();

export function makeFormat(language: string): Format {
  const known = formats.get(language);
  if (known) return known;
  const format = fresh(language);
  formats.set(language, format);
  return format;
}

function fresh(language: string): Format {
  const korean = language === "ko";
  const locale = korean ? "ko-KR" : "en-US";
  const number = numberFormat(locale);
  const compact = numberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const relative = relativeTimeFormat(locale, { numeric: "auto", style: korean ? "long" : "short" });
  const minutes = {
    month: korean ? "long" : "short",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  } as const;
  const dateTime = dateTimeFormat(locale, minutes);
  const full = dateTimeFormat(locale, { dateStyle: "long", timeStyle: "long" });
  const day = dateTimeFormat(locale, {
    month: korean ? "long" : "short",
    day: "numeric",
    timeZone: "UTC",
  });
  return {
    number: (value) => number.format(value),
    compact: (value) => compact.format(value),
    money: (usd) => money(locale, usd),
    bytes: (bytes) => bytesText(locale, bytes),
    duration: (ms) => durationText(ms, korean),
    when: (iso, now) => {
      const age = now - Date.parse(iso);
      if (age > DAY_MS || age < -60_000) return dateTime.format(new Date(iso));
      if (age < 60_000) return relative.format(0, "second");
      if (age < 3_600_000) return relative.format(-Math.floor(age / 60_000), "minute");
      return relative.format(-Math.floor(age / 3_600_000), "hour");
    },
    ahead: (iso, now) => {
      const left = Date.parse(iso) - now;
      if (left > DAY_MS) return dateTime.format(new Date(iso));
      if (left < 60_000) return relative.format(0, "second");
      if (left < 3_600_000) return relative.format(Math.floor(left / 60_000), "minute");
      return relative.format(Math.floor(left / 3_600_000), "hour");
    },
    at: (iso, timeZone) =>
      (timeZone ? dateTimeFormat(locale, { ...minutes, timeZone }) : dateTime).format(new Date(iso)),
    full: (iso) => full.format(new Date(iso)),
    day: (iso) => day.format(new Date(iso)),
  };
}

/** Small amounts keep two meaningful digits, so that no cost reads as zero when it is not. */
function money(locale: string, usd: number): string {
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(usd))));
  return numberFormat(locale, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(usd);
}

function bytesText(locale: string, bytes: number): string {
  // In words ("335 byte", or narrow "335B") the smallest unit is unlike the others.
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kilobyte", "megabyte", "gigabyte"] as const;
  const step = bytes < 999_500 ? 0 : bytes < 999_500_000 ? 1 : 2;
  return numberFormat(locale, {
    style: "unit",
    unit: units[step] ?? "gigabyte",
    unitDisplay: "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** (step + 1));
}

function durationText(ms: number, korean: boolean): string {
  const [hour, minute, second] = korean ? ["시간", "분", "초"] : [" h", " min", " s"];
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)}${second}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}${second}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${minute} ${seconds % 60}${second}`;
  return `${Math.floor(minutes / 60)}${hour} ${minutes % 60}${minute}`;
}
