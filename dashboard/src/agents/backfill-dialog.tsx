import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Backfill, type BackfillAnswer, backfill } from "~/api/schedules";
import { errorText } from "~/api/words";
import { useFormat } from "~/lib/format";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field, ONE_LINE } from "~/ui/field";
import { toasts } from "~/ui/toast-store";
import { useAgentActions } from "./actions";

const DAY_MS = 86_400_000;

/** Runs for times that are over: counted and priced first, started only by a second press. */
export function BackfillDialog({ agentId, onClose }: { agentId: string; onClose(): void }) {
  const { t } = useTranslation();
  const { attempt } = useAgentActions();
  const [from, setFrom] = useState(() => day(Date.now() - 7 * DAY_MS));
  const [to, setTo] = useState(() => day(Date.now()));
  const [counted, setCounted] = useState<BackfillAnswer | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const wish = (): Backfill => ({
    from: new Date(`${from}T00:00`).toISOString(),
    // Until the end of that day, and never into the future: that is the schedule's own business.
    to: new Date(Math.min(Date.parse(`${to}T00:00`) + DAY_MS, Date.now())).toISOString(),
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (!counted) setCounted(await backfill(agentId, { ...wish(), dry_run: true }));
      else {
        const { slots } = await backfill(agentId, wish());
        toasts.show(t("schedule.backfillDone", { count: slots.length }));
        void attempt(async () => null);
        onClose();
      }
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const edit = (change: () => void) => {
    change();
    setCounted(null);
  };
  return (
    <Dialog title={t("schedule.backfill")} onClose={onClose}>
      <form className="space-y-4" onSubmit={(event) => void submit(event)}>
        <p className="text-[0.875rem] text-muted">{t("schedule.backfillText")}</p>
        <div className="grid grid-cols-2 gap-3">
          <Day label={t("schedule.from")} value={from} onChange={(value) => edit(() => setFrom(value))} />
          <Day label={t("schedule.to")} value={to} onChange={(value) => edit(() => setTo(value))} />
        </div>
        {error !== null && (
          <p role="alert" className="text-[0.875rem] text-bad">
            {errorText(t, error)}
          </p>
        )}
        <div role="status">{counted && <Counted answer={counted} />}</div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" disabled={busy || counted?.slots.length === 0}>
            {counted && counted.slots.length > 0
              ? t("schedule.backfillDo", { count: counted.slots.length })
              : t("schedule.backfillCheck")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Counted({ answer }: { answer: BackfillAnswer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = answer.slots.length;
  const runs = t("schedule.backfillCount", { count });
  if (count === 0) return <p className="text-muted">{t("schedule.backfillNone")}</p>;
  return (
    <div className="rounded-xl bg-sunken p-3 text-[0.875rem]">
      <p className="font-medium">
        {answer.expected_cost
          ? t("schedule.backfillCost", { runs, cost: format.money(answer.expected_cost.p50_usd) })
          : t("schedule.backfillUnknown", { runs })}
      </p>
      <ul className="thin-scroll mt-1 max-h-36 overflow-y-auto text-muted">
        {answer.slots.map((slot) => (
          <li key={slot.scheduled_at}>
            <time dateTime={slot.scheduled_at}>{format.at(slot.scheduled_at)}</time>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Day({ label, value, onChange }: { label: string; value: string; onChange(day: string): void }) {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          type="date"
          required
          max={day(Date.now())}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={ONE_LINE}
        />
      )}
    </Field>
  );
}

/** `YYYY-MM-DD` on the reader's calendar. */
function day(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}
