import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "~/api/runs";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { StateLabel, shownState } from "~/ui/state";
import { RunActions } from "./run-actions";
import { RunAudit } from "./run-audit";
import { RunChecks } from "./run-checks";
import { RunLog } from "./run-log";
import { RunResult } from "./run-result";
import { RunSteps } from "./run-steps";
import { runName, tookMs } from "./run-words";
import { TriggerLabel } from "./trigger";
import { useRun } from "./use-run";

/** One run: what came of it first, then how it got there, where it went and what it cost. */
export function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const { run, turn, events, open, error, refetch } = useRun(id);
  const checked = turn?.parts.find((part) => part.type === "checks");
  const checks = run?.checks ?? (checked?.type === "checks" ? checked.checks : []);
  return (
    <Page title={<Title run={run} />} actions={run && <RunActions run={run} open={open} />}>
      {error !== null && <ErrorNotice error={error} onRetry={refetch} />}
      {run && <Facts run={run} open={open} />}
      {run && <RunResult run={run} turn={turn} open={open} />}
      {checks.length > 0 && <RunChecks checks={checks} />}
      {turn && <RunSteps turn={turn} />}
      {events && <RunLog events={events} live={open} />}
      {run && <RunAudit run={run} turn={turn} />}
    </Page>
  );
}

function Title({ run }: { run: Run | undefined }) {
  const { t } = useTranslation();
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <Link
        to="/runs"
        className={buttonClass("quiet", "icon", "-ml-2")}
        aria-label={t("runs.back")}
        title={t("runs.back")}
      >
        <ArrowLeft />
      </Link>
      <span className="min-w-0 truncate">{run ? runName(t, run) : t("runs.detail")}</span>
      {run && (
        <span className="font-normal text-[0.875rem] tracking-normal">
          <StateLabel state={shownState(run)} />
        </span>
      )}
    </span>
  );
}

/** From when on it is worth a word that a run was meant for an earlier time. */
const LATE_MS = 120_000;

/** When, from where, how long and for how much. */
function Facts({ run, open }: { run: Run; open: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(1_000, open);
  const took = tookMs(run, now);
  const facts: [string, ReactNode][] = [
    [
      "when",
      <time key="when" dateTime={run.queued_at} title={format.full(run.queued_at)}>
        {format.at(run.queued_at)}
      </time>,
    ],
    ["trigger", <TriggerLabel key="trigger" trigger={run.trigger} />],
  ];
  const late = run.scheduled_at && Date.parse(run.queued_at) - Date.parse(run.scheduled_at) > LATE_MS;
  if (run.scheduled_at && late)
    facts.push(["slot", t("runs.scheduledFor", { time: format.at(run.scheduled_at) })]);
  if (run.agent_id)
    facts.push([
      "version",
      run.agent_version === null ? t("runs.test") : t("runs.version", { version: run.agent_version }),
    ]);
  if (run.retry_of)
    facts.push([
      "retry",
      <Link key="retry" to="/runs/$id" params={{ id: run.retry_of }} className="text-accent hover:underline">
        {t("runs.retryOf")}
      </Link>,
    ]);
  if (run.attempt > 1) facts.push(["try", t("runs.try", { attempt: run.attempt })]);
  if (took !== null) facts.push(["took", format.duration(took)]);
  facts.push(["cost", format.money(run.usage.cost_usd)]);
  return (
    <ul className="figures -mt-2 mb-6 flex flex-wrap items-center gap-x-4 gap-y-1 text-[0.875rem] text-muted">
      {facts.map(([key, fact]) => (
        <li key={key}>{fact}</li>
      ))}
    </ul>
  );
}
