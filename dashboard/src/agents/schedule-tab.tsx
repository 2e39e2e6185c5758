import { useQueryClient } from "@tanstack/react-query";
import { CalendarClock, CirclePause, CirclePlay, History, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, agentQuery } from "~/api/agents";
import {
  deleteSchedule,
  newSchedule,
  pauseSchedule,
  putSchedule,
  resumeSchedule,
  type Schedule,
  scheduleSpecOf,
} from "~/api/schedules";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { Notice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { useAgentActions } from "./actions";
import { BackfillDialog } from "./backfill-dialog";
import { isPaused } from "./next-run";
import { ScheduleEditor } from "./schedule-editor";
import { scheduleErrorText } from "./schedule-errors";
import { SchedulePreview } from "./schedule-preview";
import { SlotLedger } from "./slot-ledger";
import { viewerZone } from "./zones";

/** When the agent runs, what is ahead, and what became of every time so far. */
export function ScheduleTab({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  if (!agent.schedule && !adding)
    return (
      <>
        <Calm
          icon={<CalendarClock />}
          title={t("schedule.none")}
          action={
            <Button look="primary" onClick={() => setAdding(true)}>
              {t("schedule.add")}
            </Button>
          }
        >
          {t("schedule.noneText")}
        </Calm>
        <SlotLedger agentId={agent.id} quiet />
      </>
    );
  return (
    <div className="space-y-8">
      <Editor agent={agent} onSaved={() => setAdding(false)} />
      <SlotLedger agentId={agent.id} />
    </div>
  );
}

function Editor({ agent, onSaved }: { agent: Agent; onSaved(): void }) {
  const { t } = useTranslation();
  const { attempt } = useAgentActions();
  const { schedule } = agent;
  // Null: nothing was changed, and what the server has is shown.
  const [draft, setDraft] = useState(() => (schedule ? null : newSchedule(viewerZone())));
  const [stored, setStored] = useState(() => schedule && scheduleSpecOf(schedule));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  // The same object for the same schedule, however often it is read: an effect depends on it.
  const fresh = schedule && scheduleSpecOf(schedule);
  if (JSON.stringify(fresh) !== JSON.stringify(stored)) setStored(fresh);
  const shown = draft ?? stored ?? fresh;
  if (!shown) return null;
  const save = async () => {
    setBusy(true);
    setError(null);
    await attempt(async () => {
      try {
        await putSchedule(agent.id, { ...shown, paused: schedule?.paused ?? false });
        toasts.show(t("schedule.saved"));
        setDraft(null);
        onSaved();
      } catch (cause) {
        setError(scheduleErrorText(t, cause));
      }
    });
    setBusy(false);
  };
  return (
    <section className="rounded-2xl border border-line" aria-label={t("agents.tabs.schedule")}>
      <div className="space-y-3 p-4">
        {schedule && <Paused agent={agent} schedule={schedule} />}
        <ScheduleEditor value={shown} onChange={setDraft} />
        {error && (
          <p role="alert" className="text-[0.875rem] text-bad">
            {error}
          </p>
        )}
        {draft && (
          <div className="flex gap-2">
            <Button look="primary" disabled={busy} onClick={() => void save()}>
              {t("schedule.save")}
            </Button>
            <Button
              onClick={() => {
                setDraft(null);
                setError(null);
                onSaved();
              }}
            >
              {t("common.cancel")}
            </Button>
          </div>
        )}
      </div>
      <div className="border-line border-t p-4">
        <SchedulePreview schedule={shown} agentId={agent.id} />
      </div>
      {schedule && !draft && <Acts agent={agent} schedule={schedule} />}
    </section>
  );
}

/** Why the times below pass without a run. */
function Paused({ agent, schedule }: { agent: Agent; schedule: Schedule }) {
  const { t } = useTranslation();
  const { setActive } = useAgentActions();
  const reason = schedule.paused_reason ?? (schedule.paused ? "user" : null);
  if (reason)
    return (
      <Notice tone={reason === "user" ? "info" : "warn"} action={<PauseButton agent={agent} paused />}>
        {t(`schedule.pausedBy.${reason}`, { count: schedule.failures })}
      </Notice>
    );
  if (agent.status === "active") return null;
  return (
    <Notice
      tone="info"
      action={
        <Button size="sm" onClick={() => void setActive(agent, true)}>
          {t("schedule.turnOn")}
        </Button>
      }
    >
      {t("schedule.inactive")}
    </Notice>
  );
}

function PauseButton({ agent, paused }: { agent: Agent; paused: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { attempt } = useAgentActions();
  const toggle = () =>
    attempt(
      () => (paused ? resumeSchedule(agent.id) : pauseSchedule(agent.id)),
      (schedule) => {
        queries.setQueryData(agentQuery(agent.id).queryKey, (known) => known && { ...known, schedule });
        toasts.show(t(paused ? "schedule.resumed" : "schedule.pausedNow"));
      },
    );
  return (
    <Button size="sm" onClick={() => void toggle()}>
      {paused ? <CirclePlay aria-hidden /> : <CirclePause aria-hidden />}
      {paused ? t("schedule.resume") : t("schedule.pause")}
    </Button>
  );
}

function Acts({ agent, schedule }: { agent: Agent; schedule: Schedule }) {
  const { t } = useTranslation();
  const { attempt } = useAgentActions();
  const [asked, setAsked] = useState<"backfill" | "remove" | null>(null);
  const paused = isPaused(schedule);
  return (
    <div className="flex flex-wrap gap-2 border-line border-t px-4 py-3">
      {!paused && <PauseButton agent={agent} paused={false} />}
      <Button size="sm" onClick={() => setAsked("backfill")}>
        <History aria-hidden /> {t("schedule.backfill")}
      </Button>
      <Button size="sm" look="quiet" className="ml-auto" onClick={() => setAsked("remove")}>
        <Trash2 aria-hidden /> {t("schedule.remove")}
      </Button>
      {asked === "backfill" && <BackfillDialog agentId={agent.id} onClose={() => setAsked(null)} />}
      {asked === "remove" && (
        <Confirm
          title={t("schedule.removeTitle")}
          action={t("schedule.remove")}
          danger
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            await deleteSchedule(agent.id);
            toasts.show(t("schedule.removed"));
            void attempt(async () => null);
          }}
        >
          {t("schedule.removeText")}
        </Confirm>
      )}
    </div>
  );
}
