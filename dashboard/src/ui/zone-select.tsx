import { useTranslation } from "react-i18next";
import { useNow } from "~/lib/hooks";
import { dateTimeFormat } from "~/lib/intl";

/** A choice among all time zones that the browser knows. */
export function ZoneSelect({
  id,
  label,
  value,
  onChange,
}: {
  id?: string;
  label?: string;
  value: string;
  onChange(zone: string): void;
}) {
  return (
    <select
      id={id}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-10 w-72 max-w-full rounded-lg border border-line-strong bg-bg px-3"
    >
      {zones(value).map((name) => (
        <option key={name} value={name}>
          {name.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}

/** Day and time in a zone, for those who know their clock better than its zone's name. */
export function useClockIn(zone: string): string {
  const { i18n } = useTranslation();
  const now = useNow(10_000);
  const locale = i18n.language === "ko" ? "ko-KR" : "en-US";
  // In one format, Korean would put the day in brackets.
  const day = dateTimeFormat(locale, { timeZone: zone, weekday: "long" });
  const clock = dateTimeFormat(locale, {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return `${day.format(now)} ${clock.format(now)}`;
}

/** Some browsers report a zone that they do not list. */
function zones(chosen: string): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), chosen])].toSorted();
}
