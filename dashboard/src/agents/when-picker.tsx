import { ToggleGroup } from "radix-ui";
import { useTranslation } from "react-i18next";
import { type Frequency, type ScheduleSpec, WEEKDAYS, type Weekday } from "~/api/schedules";
import { Popover } from "~/ui/popover";
import { Segments } from "~/ui/segments";
import { INLINE } from "./inline-input";
import { weekdayName } from "./schedule-words";

const SIMPLE = ["hourly", "daily", "weekly", "monthly"] as const satisfies Frequency[];
const DAY =
  "grid h-9 place-items-center rounded-lg text-[0.875rem] hover:bg-hover data-[state=on]:bg-accent data-[state=on]:font-semibold data-[state=on]:text-on-accent";
const MONTH_DAYS = Array.from({ length: 31 }, (_, index) => String(index + 1));

/** How often, and on which days. */
export function WhenPicker({
  text,
  schedule,
  onChange,
}: {
  text: string;
  schedule: ScheduleSpec;
  onChange(change: Partial<ScheduleSpec>): void;
}) {
  const { t } = useTranslation();
  return (
    <Popover
      label={t("schedule.every")}
      trigger={
        <button type="button" className={INLINE} aria-label={t("schedule.controls.when", { text })}>
          {text}
        </button>
      }
    >
      <div className="w-76 max-w-full space-y-3">
        <Segments
          label={t("schedule.every")}
          value={schedule.frequency}
          onChange={(frequency) => onChange({ frequency })}
          options={SIMPLE.map((value) => ({ value, label: t(`schedule.frequency.${value}`) }))}
        />
        {schedule.frequency === "weekly" && <Weekdays schedule={schedule} onChange={onChange} />}
        {schedule.frequency === "monthly" && <MonthDays schedule={schedule} onChange={onChange} />}
      </div>
    </Popover>
  );
}

interface PartProps {
  schedule: ScheduleSpec;
  onChange(change: Partial<ScheduleSpec>): void;
}

function Weekdays({ schedule, onChange }: PartProps) {
  const { t, i18n } = useTranslation();
  return (
    <ToggleGroup.Root
      type="multiple"
      aria-label={t("schedule.weekdays")}
      value={schedule.weekdays ?? []}
      // A week without a day is no schedule: the last one stays.
      onValueChange={(days) => days.length > 0 && onChange({ weekdays: inOrder(days) })}
      className="grid grid-cols-7 gap-1"
    >
      {WEEKDAYS.map((day) => (
        <ToggleGroup.Item key={day} value={day} className={DAY}>
          <span aria-hidden>{weekdayName(day, i18n.language, "short")}</span>
          <span className="sr-only">{weekdayName(day, i18n.language, "long")}</span>
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

const inOrder = (days: readonly string[]): Weekday[] => WEEKDAYS.filter((day) => days.includes(day));

function MonthDays({ schedule, onChange }: PartProps) {
  const { t } = useTranslation();
  const day = schedule.day_of_month ?? 1;
  return (
    <>
      <ToggleGroup.Root
        type="single"
        aria-label={t("schedule.monthDays")}
        value={String(day)}
        onValueChange={(chosen) => chosen && onChange({ day_of_month: Number(chosen) })}
        className="figures grid grid-cols-7 gap-1"
      >
        {MONTH_DAYS.map((value) => (
          <ToggleGroup.Item key={value} value={value} className={DAY}>
            {value}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      {day > 28 && <p className="text-[0.8125rem] text-muted">{t("schedule.shortMonth")}</p>}
    </>
  );
}
