import { useQuery } from "@tanstack/react-query";
import { ChartNoAxesColumn, Download } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UsageRow } from "~/api/client";
import { type UsageBy, usageQuery } from "~/api/usage";
import { toCsv } from "~/lib/csv";
import { useFormat } from "~/lib/format";
import { saveAs } from "~/lib/save-as";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { COUNTS, costByDay, period, totals } from "./days";
import { UsageTable } from "./usage-table";

const Chart = lazy(() => import("./cost-chart").then((module) => ({ default: module.CostChart })));

const PERIODS = ["7", "30", "90"] as const;

export function UsagePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [days, setDays] = useState<(typeof PERIODS)[number]>("30");
  const [by, setBy] = useState<UsageBy>("day");
  const { from, to } = period(Date.now(), Number(days));
  const usage = useQuery(usageQuery(from, to, by));
  const rows = usage.data ?? [];
  const sum = totals(rows);
  const nameOf = (row: UsageRow) =>
    by === "day" ? format.day(row.day ?? from) : (row.model ?? t("usage.unknownModel"));
  const points =
    by === "day"
      ? costByDay(rows, from, to).map(({ day, cost }) => ({ name: format.day(day), cost }))
      : rows.map((row) => ({ name: nameOf(row), cost: row.cost_usd }));

  return (
    <Page
      title={t("usage.title")}
      actions={
        <>
          <Segments
            label={t("usage.range")}
            value={days}
            onChange={setDays}
            options={PERIODS.map((value) => ({ value, label: t("usage.days", { count: Number(value) }) }))}
          />
          <Segments
            label={t("usage.by")}
            value={by}
            onChange={setBy}
            options={[
              { value: "day", label: t("usage.day") },
              { value: "model", label: t("usage.model") },
            ]}
          />
          <Button
            disabled={rows.length === 0}
            onClick={() => saveAs(`berth-usage-${from}-${to}.csv`, exported(rows, by), "text/csv")}
          >
            <Download aria-hidden /> {t("usage.export")}
          </Button>
        </>
      }
    >
      {usage.isError && <ErrorNotice error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.isSuccess && rows.length === 0 && (
        <Calm icon={<ChartNoAxesColumn />} title={t("usage.empty")}>
          {t("usage.emptyText")}
        </Calm>
      )}
      {rows.length > 0 && (
        <>
          <dl className="figures grid gap-3 sm:grid-cols-3">
            <Figure name={t("usage.cost")} value={format.money(sum.cost_usd)} />
            <Figure
              name={t("usage.tokens")}
              value={format.compact(
                sum.input_tokens + sum.output_tokens + sum.cache_read_tokens + sum.cache_write_tokens,
              )}
            />
            <Figure name={t("usage.calls")} value={format.number(sum.calls)} />
          </dl>
          <section className="mt-4 rounded-2xl border border-line p-4">
            <h2 className="mb-3 font-medium">{t(`usage.chart.${by}`)}</h2>
            <div className="h-60">
              <Suspense fallback={null}>
                <Chart points={points} money={format.money} label={t("usage.cost")} />
              </Suspense>
            </div>
          </section>
          <UsageTable
            rows={by === "day" ? rows.toReversed() : rows}
            sum={sum}
            first={t(`usage.${by}`)}
            nameOf={nameOf}
          />
          <p className="mt-3 text-[0.8125rem] text-muted">{t("usage.note")}</p>
        </>
      )}
    </Page>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="rounded-2xl border border-line p-4">
      <dt className="text-[0.8125rem] text-muted">{name}</dt>
      <dd className="mt-1 font-semibold text-xl tracking-tight">{value}</dd>
    </div>
  );
}

function exported(rows: readonly UsageRow[], by: UsageBy): string {
  return toCsv([[by, ...COUNTS], ...rows.map((row) => [row[by] ?? "", ...COUNTS.map((key) => row[key])])]);
}
