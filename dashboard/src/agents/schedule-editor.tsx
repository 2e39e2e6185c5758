import { ChevronDown, ChevronRight } from "lucide-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ScheduleSpec } from "~/api/schedules";
import { Button } from "~/ui/button";
import { InlineInput } from "./inline-input";
import { ScheduleMore } from "./schedule-more";
import { type Piece, parseTime, scheduleSentence, shiftTime } from "./schedule-words";
import { WhenPicker } from "./when-picker";
import { ZonePicker } from "./zone-picker";

const STEP_MINUTES = 15;

/** A schedule as one sentence, each of its variable words a control. */
export function ScheduleEditor({
  value,
  onChange,
}: {
  value: ScheduleSpec;
  onChange(schedule: ScheduleSpec): void;
}) {
  const { t, i18n } = useTranslation();
  const [more, setMore] = useState(false);
  const change = (part: Partial<ScheduleSpec>) => onChange({ ...value, ...part });
  const cron = value.frequency === "cron";
  const Chevron = more ? ChevronDown : ChevronRight;
  return (
    <div>
      <p className="text-[1.125rem] leading-9">
        {scheduleSentence(t, value, i18n.language).map((piece) => (
          <Fragment key={"control" in piece ? piece.control : piece.text}>
            <PieceView piece={piece} value={value} onChange={change} />
          </Fragment>
        ))}
      </p>
      {cron && <p className="mt-1 text-[0.8125rem] text-muted">{t("schedule.cronHelp")}</p>}
      <div className="mt-2 -ml-2.5 flex flex-wrap gap-x-1">
        <Button look="quiet" size="sm" aria-expanded={more} onClick={() => setMore(!more)}>
          <Chevron aria-hidden /> {more ? t("schedule.less") : t("schedule.more")}
        </Button>
        <Button
          look="quiet"
          size="sm"
          onClick={() =>
            change(cron ? { frequency: "weekly" } : { frequency: "cron", cron: value.cron || cronOf(value) })
          }
        >
          {cron ? t("schedule.simple") : t("schedule.advanced")}
        </Button>
      </div>
      {more && <ScheduleMore value={value} onChange={change} />}
    </div>
  );
}

function PieceView({
  piece,
  value,
  onChange,
}: {
  piece: Piece;
  value: ScheduleSpec;
  onChange(change: Partial<ScheduleSpec>): void;
}) {
  const { t } = useTranslation();
  if (!("control" in piece)) return piece.text;
  const time = value.time ?? "00:00";
  switch (piece.control) {
    case "when":
      return <WhenPicker text={piece.text} schedule={value} onChange={onChange} />;
    case "time":
      return (
        <InlineInput
          label={t("schedule.controls.time")}
          help={t("schedule.timeBad")}
          value={time}
          read={parseTime}
          shift={(by) => shiftTime(time, by * STEP_MINUTES)}
          onChange={(next) => onChange({ time: next })}
        />
      );
    case "minute":
      return (
        <InlineInput
          label={t("schedule.controls.minute")}
          help={t("schedule.controls.minute")}
          value={piece.text}
          read={(text) => (/^[0-5]?\d$/.test(text) ? text : null)}
          shift={(by) => shiftTime(time, by * STEP_MINUTES).slice(3)}
          onChange={(minute) => onChange({ time: `${time.slice(0, 2)}:${minute.padStart(2, "0")}` })}
        />
      );
    case "cron":
      return (
        <InlineInput
          wide
          label={t("schedule.controls.cron")}
          help={t("schedule.cronHelp")}
          value={value.cron ?? ""}
          read={(text) => text}
          onChange={(next) => onChange({ cron: next })}
        />
      );
    case "zone":
      return (
        <ZonePicker
          text={piece.text}
          value={value.time_zone}
          onChange={(time_zone) => onChange({ time_zone })}
        />
      );
  }
}

/** The same times as a cron expression, to begin with. */
export function cronOf(schedule: ScheduleSpec): string {
  const [hour, minute] = (schedule.time ?? "00:00").split(":").map(Number);
  switch (schedule.frequency) {
    case "hourly":
      return `${minute} * * * *`;
    case "weekly":
      return `${minute} ${hour} * * ${(schedule.weekdays ?? []).join(",") || "*"}`;
    case "monthly":
      return `${minute} ${hour} ${schedule.day_of_month ?? 1} * *`;
    default:
      return `${minute} ${hour} * * *`;
  }
}
