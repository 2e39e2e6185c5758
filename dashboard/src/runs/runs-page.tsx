import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Run } from "~/api/client";
import { isOpen, runsQuery } from "~/api/runs";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { StateLabel } from "~/ui/state";

type Filter = "all" | "running" | "succeeded" | "failed";

export function RunsPage() {
  const { t } = useTranslation();
  const runs = useInfiniteQuery(runsQuery);
  const [filter, setFilter] = useState<Filter>("all");
  const all = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const shown = all.filter((run) => matches(run, filter));
  const now = useNow(
    1_000,
    all.some((run) => isOpen(run.state)),
  );
  return (
    <Page
      title={t("runs.title")}
      actions={
        <Segments
          label={t("runs.state")}
          value={filter}
          onChange={setFilter}
          options={[
            { value: "all", label: t("runs.all") },
            { value: "running", label: t("state.running") },
            { value: "succeeded", label: t("state.succeeded") },
            { value: "failed", label: t("state.failed") },
          ]}
        />
      }
    >
      {runs.isError && <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isSuccess && shown.length === 0 && (
        <Calm icon={<History />} title={t("runs.empty")}>
          {t("runs.emptyText")}
        </Calm>
      )}
      {shown.length > 0 && <RunTable runs={shown} now={now} />}
      {runs.hasNextPage && (
        <Button look="quiet" className="mt-3 self-center" onClick={() => void runs.fetchNextPage()}>
          {t("common.loadMore")}
        </Button>
      )}
    </Page>
  );
}

/** "Failed" stands for every end that was not meant. */
function matches(run: Run, filter: Filter): boolean {
  if (filter === "all") return true;
  if (filter === "running") return isOpen(run.state);
  if (filter === "succeeded") return run.state === "succeeded";
  return !isOpen(run.state) && run.state !== "succeeded" && run.state !== "cancelled";
}

function RunTable({ runs, now }: { runs: readonly Run[]; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="overflow-hidden rounded-2xl border border-line">
      <table className="w-full table-fixed text-[0.875rem]">
        <thead className="bg-rail text-left text-[0.8125rem] text-muted">
          <tr>
            <th scope="col" className="w-36 px-4 py-2.5 font-medium">
              {t("runs.state")}
            </th>
            <th scope="col" className="px-3 py-2.5 font-medium">
              {t("runs.result")}
            </th>
            <th scope="col" className="w-44 px-3 py-2.5 font-medium max-md:hidden">
              {t("runs.when")}
            </th>
            <th scope="col" className="w-28 px-3 py-2.5 text-right font-medium max-sm:hidden">
              {t("runs.duration")}
            </th>
            <th scope="col" className="w-24 px-4 py-2.5 text-right font-medium max-sm:hidden">
              {t("runs.cost")}
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} className="relative border-line border-t hover:bg-hover">
              <td className="px-4 py-2.5">
                <StateLabel state={run.state} />
              </td>
              <td className="truncate px-3 py-2.5">
                <Link
                  to="/runs/$id"
                  params={{ id: run.id }}
                  className="after:absolute after:inset-0 after:content-['']"
                >
                  {firstLine(run.result) ?? t(`runs.triggers.${run.trigger}`)}
                </Link>
              </td>
              <td className="truncate px-3 py-2.5 text-muted max-md:hidden">
                <time dateTime={run.queued_at} title={format.full(run.queued_at)}>
                  {format.when(run.queued_at, Math.max(now, Date.parse(run.queued_at)))}
                </time>
              </td>
              <td className="px-3 py-2.5 text-right text-muted max-sm:hidden">
                {duration(run, now, format.duration)}
              </td>
              <td className="px-4 py-2.5 text-right max-sm:hidden">{format.money(run.usage.cost_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function firstLine(result: string | null): string | null {
  const line = result?.split("\n").find((text) => /[^#*\s-]/.test(text));
  return line ? line.replace(/^[#*\s-]+|\*\*|`/g, "") : null;
}

function duration(run: Run, now: number, format: (ms: number) => string): string {
  if (!run.started_at) return "";
  return format((run.finished_at ? Date.parse(run.finished_at) : now) - Date.parse(run.started_at));
}
