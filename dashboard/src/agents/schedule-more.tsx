import { useTranslation } from "react-i18next";
import type { ScheduleSpec } from "~/api/schedules";
import { Field, ONE_LINE } from "~/ui/field";
import { Select } from "~/ui/select";

const CATCH_UPS = ["latest", "all", "skip"] as const;
const OVERLAPS = ["queue_one", "skip", "cancel_previous"] as const;
const JITTERS = [0, 30, 60, 300, 900, 3_600] as const;
const MAX_CATCH_UP = 50;

/** What few people change: late times, overlapping runs, the spread of the start. */
export function ScheduleMore({
  value,
  onChange,
}: {
  value: ScheduleSpec;
  onChange(change: Partial<ScheduleSpec>): void;
}) {
  const { t } = useTranslation();
  const catchUp = value.catch_up ?? "latest";
  const jitter = value.jitter_seconds ?? 0;
  const jitterText = (seconds: number) => {
    if (seconds === 0) return t("schedule.jitters.none");
    if (seconds % 60 !== 0) return t("schedule.jitters.seconds", { count: seconds });
    return t("schedule.jitters.minutes", { count: seconds / 60 });
  };
  const jitters = [...new Set<number>([...JITTERS, jitter])].sort((a, b) => a - b);
  return (
    <div className="mt-2 grid gap-4 rounded-xl border border-line bg-sunken p-4 sm:grid-cols-2">
      <Field label={t("schedule.catchUp")}>
        {(ids) => (
          <div className="flex gap-2">
            <Select
              {...ids}
              value={catchUp}
              onChange={(catch_up) => onChange({ catch_up })}
              options={CATCH_UPS.map((key) => ({ value: key, label: t(`schedule.catchUps.${key}`) }))}
            />
            {catchUp === "all" && (
              <input
                type="number"
                min={1}
                max={MAX_CATCH_UP}
                aria-label={t("schedule.catchUpMax")}
                title={t("schedule.catchUpMax")}
                value={value.catch_up_max ?? 3}
                onChange={(event) => onChange({ catch_up_max: Number(event.target.value) })}
                className={`${ONE_LINE} figures max-w-18 shrink-0`}
              />
            )}
          </div>
        )}
      </Field>
      <Field label={t("schedule.overlap")}>
        {(ids) => (
          <Select
            {...ids}
            value={value.overlap ?? "queue_one"}
            onChange={(overlap) => onChange({ overlap })}
            options={OVERLAPS.map((key) => ({ value: key, label: t(`schedule.overlaps.${key}`) }))}
          />
        )}
      </Field>
      <Field label={t("schedule.jitter")} help={t("schedule.jitterHelp")}>
        {(ids) => (
          <Select
            {...ids}
            value={String(jitter)}
            onChange={(seconds) => onChange({ jitter_seconds: Number(seconds) })}
            options={jitters.map((seconds) => ({ value: String(seconds), label: jitterText(seconds) }))}
          />
        )}
      </Field>
    </div>
  );
}
