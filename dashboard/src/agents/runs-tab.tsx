import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Agent, agentRunsQuery } from "~/api/agents";
import type { Run } from "~/api/client";
import { isOpen } from "~/api/runs";
import { firstLine } from "~/lib/first-line";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { StateLabel, shownState } from "~/ui/state";
import { useAgentActions } from "./actions";

/** The agent's runs, newest first: how each ended, what it left, what it took. */
export function RunsTab({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const { run } = useAgentActions();
  const runs = useInfiniteQuery(agentRunsQuery(agent.id));
  const all = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const now = useNow(
    1_000,
    all.some((item) => isOpen(item.state)),
  );
  if (runs.isSuccess && all.length === 0)
    return (
      <Calm
        icon={<History />}
        title={t("agents.runs.empty")}
        action={
          <Button look="primary" onClick={() => void run(agent)}>
            <Play aria-hidden /> {t("agents.run")}
          </Button>
        }
      >
        {t("agents.overview.firstRun")}
      </Calm>
    );
  return (
    <>
      {runs.isError && <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
      {all.length > 0 && (
        <ul className="divide-y divide-line rounded-2xl border border-line">
          {all.map((item) => (
            <Row key={item.id} run={item} now={now} />
          ))}
        </ul>
      )}
      {runs.hasNextPage && (
        <Button look="quiet" className="mt-3 self-center" onClick={() => void runs.fetchNextPage()}>
          {t("common.loadMore")}
        </Button>
      )}
    </>
  );
}

function Row({ run, now }: { run: Run; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const took = run.started_at
    ? format.duration(
        (run.finished_at ? Date.parse(run.finished_at) : Math.max(now, Date.parse(run.started_at))) -
          Date.parse(run.started_at),
      )
    : "";
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-[0.875rem] first:rounded-t-2xl last:rounded-b-2xl hover:bg-hover md:grid-cols-[11rem_minmax(0,1fr)_10rem_5rem_5rem]">
      <StateLabel state={shownState(run)} />
      <Link
        to="/runs/$id"
        params={{ id: run.id }}
        className="truncate after:absolute after:inset-0 after:content-[''] max-md:order-last max-md:col-span-2"
      >
        {firstLine(run.result) ?? t(`runs.triggers.${run.trigger}`)}
      </Link>
      <time
        dateTime={run.queued_at}
        title={format.full(run.queued_at)}
        className="truncate text-muted max-md:text-right"
      >
        {format.when(run.queued_at, Math.max(now, Date.parse(run.queued_at)))}
      </time>
      <span className="figures text-right text-muted max-md:hidden">{took}</span>
      <span className="figures text-right max-md:hidden">{format.money(run.usage.cost_usd)}</span>
    </li>
  );
}
