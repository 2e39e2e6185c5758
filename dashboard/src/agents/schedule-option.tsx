import { useId } from "react";
import { useTranslation } from "react-i18next";
import { newSchedule, type ScheduleSpec } from "~/api/schedules";
import { Switch } from "~/ui/switch";
import { ScheduleEditor } from "./schedule-editor";
import { SchedulePreview } from "./schedule-preview";
import { viewerZone } from "./zones";

/** Whether it runs by itself and when; null is never. */
export function ScheduleOption({
  schedule,
  agentId = null,
  error,
  onChange,
}: {
  schedule: ScheduleSpec | null;
  agentId?: string | null;
  error?: string | null;
  onChange(schedule: ScheduleSpec | null): void;
}) {
  const { t } = useTranslation();
  const help = useId();
  return (
    <section className="rounded-xl border border-line" aria-label={t("agents.save.schedule")}>
      <div className="flex items-center justify-between gap-4 px-4 py-3">
        <div>
          <div className="font-medium text-[0.875rem]">{t("agents.save.schedule")}</div>
          <p id={help} className="text-[0.8125rem] text-muted">
            {t("agents.save.scheduleHelp")}
          </p>
        </div>
        <Switch
          label={t("agents.save.schedule")}
          described={help}
          checked={schedule !== null}
          onChange={(on) => onChange(on ? newSchedule(viewerZone()) : null)}
        />
      </div>
      {schedule && (
        <div className="space-y-4 border-line border-t p-4">
          <ScheduleEditor value={schedule} onChange={onChange} />
          {error && (
            <p role="alert" className="text-[0.875rem] text-bad">
              {error}
            </p>
          )}
          <SchedulePreview schedule={schedule} agentId={agentId} />
        </div>
      )}
    </section>
  );
}
