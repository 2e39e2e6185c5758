import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleSlash } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type AuditedHost, isOpen, type Run, runAuditQuery } from "~/api/runs";
import { useFormat } from "~/lib/format";
import { modelName } from "~/lib/model-name";
import type { Turn } from "~/live/transcript";
import { ErrorNotice } from "~/ui/notice";

/** Where a run went, and what it cost. */
export function RunAudit({ run, turn }: { run: Run; turn: Turn | null }) {
  const { t } = useTranslation();
  const audit = useQuery({
    ...runAuditQuery(run.id),
    refetchInterval: isOpen(run.state) ? 5_000 : false,
  });
  // What was refused is what one looks for.
  const hosts = audit.data?.toSorted((a, b) => Number(a.allowed) - Number(b.allowed)) ?? [];
  return (
    <section className="mt-8" aria-labelledby="audit">
      <h2 id="audit" className="mb-2 font-semibold text-[0.9375rem]">
        {t("runs.audit")}
      </h2>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="min-w-0">
          {audit.isError && <ErrorNotice error={audit.error} onRetry={() => void audit.refetch()} />}
          {audit.isSuccess && hosts.length === 0 && (
            <p className="rounded-2xl border border-line px-4 py-3 text-[0.875rem] text-muted">
              {t("runs.noHosts")}
            </p>
          )}
          {hosts.length > 0 && <Hosts hosts={hosts} />}
        </div>
        <Cost run={run} turn={turn} />
      </div>
    </section>
  );
}

function Hosts({ hosts }: { hosts: readonly AuditedHost[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const head = "px-3 py-2 font-medium";
  return (
    <section
      aria-label={t("runs.hosts")}
      tabIndex={0}
      className="thin-scroll overflow-x-auto rounded-2xl border border-line"
    >
      <table className="w-full text-[0.875rem]">
        <thead className="bg-rail text-left text-[0.8125rem] text-muted">
          <tr>
            <th scope="col" className={`${head} pl-4`}>
              {t("runs.host")}
            </th>
            <th scope="col" className={head}>
              {t("runs.verdict")}
            </th>
            <th scope="col" className={`${head} text-right`}>
              {t("runs.sent")}
            </th>
            <th scope="col" className={`${head} pr-4 text-right`}>
              {t("runs.received")}
            </th>
          </tr>
        </thead>
        <tbody>
          {hosts.map((host) => (
            <tr key={`${hostName(host)} ${host.allowed} ${host.reason}`} className="border-line border-t">
              <th scope="row" className="py-2 pr-3 pl-4 text-left font-normal">
                {hostName(host)}
              </th>
              <td className="px-3 py-2">
                <Verdict host={host} />
              </td>
              <td className="px-3 py-2 text-right whitespace-nowrap text-muted">
                {host.allowed && format.bytes(host.bytes_up)}
              </td>
              <td className="py-2 pr-4 pl-3 text-right whitespace-nowrap text-muted">
                {host.allowed && format.bytes(host.bytes_down)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const WEB_PORT = 443;

const hostName = ({ host, port }: AuditedHost) => (port === WEB_PORT ? host : `${host}:${port}`);

const WHY = [
  "listed",
  "open",
  "packages_only",
  "not_listed",
  "port",
  "ip_literal",
  "not_global",
  "unresolved",
  "unreachable",
  "not_tls",
] as const;

function Verdict({ host }: { host: AuditedHost }) {
  const { t } = useTranslation();
  const why = WHY.find((word) => word === host.reason) ?? "other";
  const Icon = host.allowed ? CircleCheck : CircleSlash;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <span
        className={`inline-flex items-center gap-1.5 whitespace-nowrap ${host.allowed ? "text-ok" : "text-warn"}`}
      >
        <Icon aria-hidden className="size-4 shrink-0" />
        {host.allowed ? t("runs.verdicts.allowed") : t("runs.verdicts.denied")}
      </span>
      <span className="text-[0.8125rem] text-muted">
        {t(`runs.why.${why}`)}
        {host.requests > 1 && ` · ×${host.requests}`}
      </span>
    </span>
  );
}

function Cost({ run, turn }: { run: Run; turn: Turn | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { usage } = run;
  const model = turn?.usage?.model;
  const rows: [string, string][] = [
    [t("usage.input"), format.number(usage.input_tokens)],
    [t("usage.output"), format.number(usage.output_tokens)],
    [t("usage.cacheRead"), format.number(usage.cache_read_tokens)],
    [t("usage.cacheWrite"), format.number(usage.cache_write_tokens)],
    [t("usage.calls"), format.number(usage.calls)],
  ];
  if (model) rows.unshift([t("workspace.model"), modelName(model)]);
  return (
    <dl className="figures rounded-2xl border border-line px-4 py-3 text-[0.875rem]">
      {rows.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4 py-0.5">
          <dt className="text-muted">{name}</dt>
          <dd className="text-right">{value}</dd>
        </div>
      ))}
      <div className="mt-2 flex justify-between gap-4 border-line border-t pt-2 font-semibold">
        <dt>{t("runs.cost")}</dt>
        <dd>{format.money(usage.cost_usd)}</dd>
      </div>
    </dl>
  );
}
