import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgentSpec } from "~/api/agents";
import type { ScheduleSpec } from "~/api/schedules";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { DoneFields } from "./done-fields";
import { InstructionFields } from "./instruction-fields";
import { NotifyFields } from "./notify-fields";
import { isScheduleError, scheduleErrorText } from "./schedule-errors";
import { ScheduleOption } from "./schedule-option";
import { missing, refused, type SpecErrors } from "./spec-errors";

/** An agent that someone else wrote down, to be looked at and changed before it is saved. */
export function SpecDialog({
  title,
  text,
  action,
  spec: initial,
  schedule: first,
  onSave,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  spec: AgentSpec;
  schedule: ScheduleSpec | null;
  /** Throws what the server says; then the dialog stays open. */
  onSave(spec: AgentSpec, schedule: ScheduleSpec | null): Promise<void>;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const [spec, setSpec] = useState(initial);
  const [schedule, setSchedule] = useState(first);
  const [errors, setErrors] = useState<SpecErrors>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<AgentSpec>) => setSpec({ ...spec, ...part });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = missing(t, spec);
    setErrors(found);
    setProblem(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await onSave(spec, schedule);
    } catch (error) {
      setErrors(refused(t, error));
      setProblem(isScheduleError(error) ? scheduleErrorText(t, error) : errorText(t, error));
      setBusy(false);
    }
  };
  const parts = { spec, errors, onChange: change };
  return (
    <Dialog title={title} onClose={onClose} width="medium">
      <form noValidate className="space-y-5" onSubmit={(event) => void submit(event)}>
        <p className="-mt-2 text-[0.875rem] text-muted">{text}</p>
        <InstructionFields {...parts} />
        <ScheduleOption schedule={schedule} onChange={setSchedule} />
        <DoneFields {...parts} />
        <NotifyFields {...parts} />
        {problem && (
          <p role="alert" className="text-[0.875rem] text-bad">
            {problem}
          </p>
        )}
        <div className="sticky bottom-0 z-10 -mx-5 -mb-5 flex justify-end gap-2 border-line border-t bg-raised px-5 py-3">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" disabled={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
