import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Run, type RunFile, runBeforeQuery, runFilesQuery, runQuery } from "~/api/runs";
import { Markdown } from "~/chat/lazy-parts";
import { useFormat } from "~/lib/format";
import { buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { StateLabel, shownState } from "~/ui/state";
import { comparedFiles, type FileChange } from "./compared-files";
import { ResultDiff } from "./result-diff";
import { runName } from "./run-words";

/** Two runs of an agent: what they wrote, what they made, what they took. The older one stands first. */
export function ComparePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/runs/$id/compare" });
  const { with: chosen } = useSearch({ from: "/runs/$id/compare" });
  const run = useQuery(runQuery(id));
  const before = useQuery({ ...runBeforeQuery(run.data), enabled: !chosen && run.data?.agent_id != null });
  const otherId = chosen ?? before.data?.id;
  const other = useQuery({ ...runQuery(otherId ?? ""), enabled: otherId !== undefined });
  const error = run.error ?? before.error ?? other.error;
  const alone = run.isSuccess && !chosen && (run.data.agent_id === null || before.data === null);
  return (
    <Page
      title={
        <span className="flex min-w-0 items-center gap-2.5">
          <Link
            to="/runs/$id"
            params={{ id }}
            className={buttonClass("quiet", "icon", "-ml-2")}
            aria-label={t("runs.backToRun")}
            title={t("runs.backToRun")}
          >
            <ArrowLeft />
          </Link>
          <span className="min-w-0 truncate">{run.data ? runName(t, run.data) : t("runs.detail")}</span>
          <span className="font-normal text-[0.875rem] text-muted tracking-normal">
            {t("runs.compareTitle")}
          </span>
        </span>
      }
    >
      {error && <ErrorNotice error={error} onRetry={() => void run.refetch()} />}
      {alone && <p className="text-muted">{t("runs.noBefore")}</p>}
      {run.data && other.data && <Compared before={other.data} after={run.data} />}
    </Page>
  );
}

type View = "side" | "changes";

function Compared({ before, after }: { before: Run; after: Run }) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>("side");
  const files = useComparedFiles(before.id, after.id);
  return (
    <>
      <div className="grid gap-4 md:grid-cols-2">
        <Summary title={t("runs.before")} run={before} />
        <Summary title={t("runs.thisRun")} run={after} before={before} />
      </div>
      <section className="mt-8" aria-labelledby="results">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
          <h2 id="results" className="font-semibold text-[0.9375rem]">
            {t("runs.result")}
          </h2>
          <Segments
            label={t("usage.measure")}
            value={view}
            onChange={setView}
            options={[
              { value: "side", label: t("runs.sideBySide") },
              { value: "changes", label: t("runs.changes") },
            ]}
          />
        </div>
        {view === "side" ? (
          <div className="grid gap-4 md:grid-cols-2">
            <Text title={t("runs.before")} run={before} />
            <Text title={t("runs.thisRun")} run={after} />
          </div>
        ) : (
          <ResultDiff before={before.result ?? ""} after={after.result ?? ""} />
        )}
      </section>
      <section className="mt-8" aria-labelledby="compared-files">
        <h2 id="compared-files" className="mb-2 font-semibold text-[0.9375rem]">
          {t("runs.files")}
        </h2>
        {files?.length === 0 && <p className="text-[0.875rem] text-muted">{t("runs.noFiles")}</p>}
        {files && files.length > 0 && <Files files={files} />}
      </section>
    </>
  );
}

function Summary({ title, run, before }: { title: string; run: Run; before?: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cost = run.usage.cost_usd;
  const took = run.duration_ms;
  return (
    <section className="rounded-2xl border border-line p-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h2 className="font-semibold text-[0.9375rem]">
          <Link to="/runs/$id" params={{ id: run.id }} className="hover:underline">
            {title}
          </Link>
        </h2>
        <span className="text-[0.875rem]">
          <StateLabel state={shownState(run)} />
        </span>
      </div>
      <dl className="figures mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-[0.875rem]">
        <Fact name={t("runs.when")}>
          <time dateTime={run.queued_at}>{format.at(run.queued_at)}</time>
        </Fact>
        <Fact name={t("runs.duration")}>
          {took === null ? "–" : format.duration(took)}
          {before?.duration_ms != null && took !== null && (
            <Delta change={took - before.duration_ms} say={format.duration} />
          )}
        </Fact>
        <Fact name={t("runs.cost")}>
          {format.money(cost)}
          {before && <Delta change={cost - before.usage.cost_usd} say={format.money} />}
        </Fact>
        <Fact name={t("usage.tokens")}>
          {format.number(tokens(run))}
          {before && <Delta change={tokens(run) - tokens(before)} say={format.number} />}
        </Fact>
      </dl>
    </section>
  );
}

const tokens = ({ usage }: Run): number =>
  usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens;

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Delta({ change, say }: { change: number; say(amount: number): string }) {
  const { t } = useTranslation();
  const amount = say(Math.abs(change));
  const text =
    change === 0 ? t("runs.same") : change > 0 ? t("runs.more", { amount }) : t("runs.less", { amount });
  return <span className="ml-2 text-[0.8125rem] text-muted">{text}</span>;
}

function Text({ title, run }: { title: string; run: Run }) {
  const { t } = useTranslation();
  return (
    <section aria-label={title} className="min-w-0 rounded-2xl border border-line p-4">
      <h3 className="mb-2 text-[0.8125rem] text-muted">{title}</h3>
      {run.result ? <Markdown source={run.result} /> : <p className="text-muted">{t("runs.noResult")}</p>}
    </section>
  );
}

function useComparedFiles(before: string, after: string): FileChange[] | null {
  const [old, now] = [useQuery(runFilesQuery(before)), useQuery(runFilesQuery(after))];
  const none: RunFile[] = [];
  return old.data || now.data ? comparedFiles(old.data ?? none, now.data ?? none) : null;
}

const WHERE = { added: "runs.added", removed: "runs.removed", both: "runs.inBoth" } as const;

function Files({ files }: { files: readonly FileChange[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const head = "px-3 py-2 font-medium";
  return (
    <div className="overflow-hidden rounded-2xl border border-line">
      <table className="w-full text-[0.875rem]">
        <thead className="bg-rail text-left text-[0.8125rem] text-muted">
          <tr>
            <th scope="col" className={`${head} pl-4`}>
              {t("files.name")}
            </th>
            <th scope="col" className={head}>
              {t("runs.changes")}
            </th>
            <th scope="col" className={`${head} pr-4 text-right`}>
              {t("files.size")}
            </th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => (
            <tr key={file.path} className="border-line border-t">
              <th scope="row" className="py-2 pr-3 pl-4 text-left font-normal">
                {file.path}
              </th>
              <td className="px-3 py-2 text-muted">{t(WHERE[file.where])}</td>
              <td className="py-2 pr-4 pl-3 text-right whitespace-nowrap text-muted">
                {file.before !== null && file.after !== null && file.before !== file.after
                  ? `${format.bytes(file.before)} → ${format.bytes(file.after)}`
                  : format.bytes(file.after ?? file.before ?? 0)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
