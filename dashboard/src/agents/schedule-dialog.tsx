import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ScheduleSpec } from "~/api/schedules";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { ScheduleEditor } from "./schedule-editor";
import { scheduleErrorText } from "./schedule-errors";
import { SchedulePreview } from "./schedule-preview";

/** A schedule that someone else wrote down, to be changed before it holds. */
export function ScheduleDialog({
  title,
  action,
  schedule: first,
  agentId,
  onSave,
  onClose,
}: {
  title: string;
  action: string;
  schedule: ScheduleSpec;
  agentId: string | null;
  onSave(schedule: ScheduleSpec): Promise<void>;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const [schedule, setSchedule] = useState(first);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await onSave(schedule);
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} width="medium">
      <ScheduleEditor value={schedule} onChange={setSchedule} />
      {error !== null && (
        <p role="alert" className="mt-2 text-[0.875rem] text-bad">
          {scheduleErrorText(t, error)}
        </p>
      )}
      <div className="mt-4 border-line border-t pt-4">
        <SchedulePreview schedule={schedule} agentId={agentId} />
      </div>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button look="primary" disabled={busy} onClick={() => void save()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
