import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, CalendarClock, CircleCheck, CircleSlash } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgentSpec } from "~/api/agents";
import { ApiError } from "~/api/client";
import { confirmProposal, declineProposal, type Proposal, proposalQuery } from "~/api/proposals";
import type { ScheduleSpec } from "~/api/schedules";
import { errorText } from "~/api/words";
import { useFormat } from "~/lib/format";
import { Button, buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { ScheduleDialog } from "./schedule-dialog";
import { SchedulePreview } from "./schedule-preview";
import { scheduleText } from "./schedule-words";
import { SpecDialog } from "./spec-dialog";
import { checkText } from "./spec-words";

/** What Claude proposes in a chat. It holds nothing before its user says so; afterwards the card says what was said. */
export function ProposalCard({ id }: { id: string }) {
  const { t } = useTranslation();
  const proposal = useQuery(proposalQuery(id));
  if (proposal.error instanceof ApiError && proposal.error.status === 404)
    return <p className="text-[0.875rem] text-muted">{t("proposal.gone")}</p>;
  if (proposal.error && !proposal.data)
    return <ErrorNotice error={proposal.error} onRetry={() => void proposal.refetch()} />;
  if (!proposal.data) return <div className="h-40" aria-busy />;
  return <Card proposal={proposal.data} />;
}

function Card({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation();
  const { agent, schedule, kind, state } = proposal;
  const Icon = kind === "agent" ? Bot : CalendarClock;
  const title =
    kind === "agent" ? t("proposal.agent") : t("proposal.schedule", { name: proposal.agent_name ?? "" });
  return (
    <section className="rounded-2xl border border-line bg-raised" aria-label={title}>
      <header className="flex items-center gap-3 border-line border-b px-4 py-3">
        <span className="grid size-8 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent">
          <Icon aria-hidden className="size-4.5" />
        </span>
        <h4 className="font-semibold text-[0.9375rem]">{title}</h4>
      </header>
      <div className="space-y-3 px-4 py-3">
        {agent && <AgentSummary agent={agent} />}
        <ScheduleSummary proposal={proposal} schedule={schedule} />
      </div>
      <footer className="border-line border-t px-4 py-3">
        {state === "open" ? <Decision proposal={proposal} /> : <Decided proposal={proposal} />}
      </footer>
    </section>
  );
}

function AgentSummary({ agent }: { agent: AgentSpec }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div>
      <p className="font-semibold">{agent.name}</p>
      <p className="mt-0.5 line-clamp-6 text-[0.875rem] text-muted whitespace-pre-wrap">{agent.prompt}</p>
      {agent.done.length > 0 && (
        <ul className="mt-2 text-[0.8125rem]" aria-label={t("agents.done.title")}>
          {agent.done.map((check) => (
            <li key={JSON.stringify(check)} className="flex items-center gap-1.5">
              <CircleCheck aria-hidden className="size-3.5 shrink-0 text-muted" />
              {checkText(t, format, check)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function ScheduleSummary({ proposal, schedule }: { proposal: Proposal; schedule: ScheduleSpec | null }) {
  const { t, i18n } = useTranslation();
  return (
    <div>
      <p className="flex items-center gap-2">
        <CalendarClock aria-hidden className="size-4 shrink-0 text-muted" />
        {schedule ? scheduleText(t, schedule, i18n.language) : t("proposal.none")}
      </p>
      {schedule && proposal.state === "open" && (
        <div className="mt-3">
          <SchedulePreview schedule={schedule} agentId={proposal.agent_id} />
        </div>
      )}
    </div>
  );
}

function Decision({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [editing, setEditing] = useState(false);
  const settled = (decided: Proposal) => {
    queries.setQueryData(proposalQuery(proposal.id).queryKey, decided);
    void queries.invalidateQueries({ queryKey: ["agents"] });
  };
  const act = async (action: () => Promise<Proposal>) => {
    setBusy(true);
    setError(null);
    try {
      settled(await action());
    } catch (cause) {
      setError(cause);
      // It may have been decided in another window.
      void queries.invalidateQueries({ queryKey: proposalQuery(proposal.id).queryKey });
      setBusy(false);
    }
  };
  const { agent, schedule } = proposal;
  return (
    <>
      <p className="mb-2.5 text-[0.8125rem] text-muted">
        {t("proposal.nothing")} {proposal.kind === "schedule" && t("proposal.replaces")}
      </p>
      {error !== null && (
        <p role="alert" className="mb-2.5 text-[0.875rem] text-bad">
          {errorText(t, error)}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={busy} onClick={() => void act(() => confirmProposal(proposal.id))}>
          {proposal.kind === "agent" ? t("proposal.confirm") : t("proposal.confirmSchedule")}
        </Button>
        <Button disabled={busy} onClick={() => setEditing(true)}>
          {t("proposal.edit")}
        </Button>
        <Button look="quiet" disabled={busy} onClick={() => void act(() => declineProposal(proposal.id))}>
          {t("proposal.decline")}
        </Button>
      </div>
      {editing && agent && (
        <SpecDialog
          title={t("proposal.editTitle")}
          text={t("proposal.nothing")}
          action={t("proposal.confirm")}
          spec={agent}
          schedule={schedule}
          onClose={() => setEditing(false)}
          onSave={async (edited, times) =>
            settled(await confirmProposal(proposal.id, { agent: edited, schedule: times }))
          }
        />
      )}
      {editing && !agent && schedule && (
        <ScheduleDialog
          title={t("proposal.editTitle")}
          action={t("proposal.confirmSchedule")}
          schedule={schedule}
          agentId={proposal.agent_id}
          onClose={() => setEditing(false)}
          onSave={async (times) => settled(await confirmProposal(proposal.id, { schedule: times }))}
        />
      )}
    </>
  );
}

function Decided({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation();
  if (proposal.state === "declined")
    return (
      <p className="flex items-center gap-2 text-[0.875rem] text-muted" role="status">
        <CircleSlash aria-hidden className="size-4 shrink-0" /> {t("proposal.declined")}
      </p>
    );
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <p className="flex items-center gap-2 text-[0.875rem] text-ok" role="status">
        <CircleCheck aria-hidden className="size-4 shrink-0" />
        {proposal.kind === "agent" ? t("proposal.confirmed") : t("proposal.confirmedSchedule")}
      </p>
      {proposal.agent_id && (
        <Link to="/agents/$id" params={{ id: proposal.agent_id }} className={buttonClass("plain", "sm")}>
          {t("proposal.open")}
        </Link>
      )}
    </div>
  );
}
