import { useQuery } from "@tanstack/react-query";
import { ChartNoAxesColumn, Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type UsageRow, usageQuery } from "~/api/usage";
import { toCsv } from "~/lib/csv";
import { useFormat } from "~/lib/format";
import { modelName } from "~/lib/model-name";
import { saveAs } from "~/lib/save-as";
import { browserZone } from "~/lib/zone";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { COUNTS, grouped, lastDays, type Measure, tokensOf, totals } from "./days";
import { Days } from "./days-section";
import { MonthBudget } from "./month-budget";
import { useAgentName } from "./names";
import { UsageTable } from "./usage-table";

const PERIODS = ["7", "30", "90"] as const;
type By = "day" | "agent" | "model";
const BY: readonly By[] = ["day", "agent", "model"];

/** Tokens and money: by day in the colours of agents, by agent, by model. */
export function UsagePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOfAgent = useAgentName();
  const [count, setCount] = useState<(typeof PERIODS)[number]>("30");
  const [by, setBy] = useState<By>("day");
  const [measure, setMeasure] = useState<Measure>("cost");
  const days = lastDays(Date.now(), Number(count));
  const [from, to] = [days[0] ?? "", days.at(-1) ?? ""];
  const usage = useQuery(usageQuery(from, to, by === "day" ? "day_agent" : by, browserZone()));
  const rows = usage.data ?? [];
  const lines = by === "day" ? grouped(rows, (row) => row.day ?? "").sort(newestFirst) : rows;
  const sum = totals(rows);
  const nameOf = (row: UsageRow) => {
    if (by === "day") return format.day(row.day ?? from);
    if (by === "agent") return nameOfAgent(row);
    return row.model ? modelName(row.model) : t("usage.unknownModel");
  };
  const save = () => {
    const table = [
      [by, ...COUNTS],
      ...lines.map((row) => [keyOf(row, by, nameOf), ...COUNTS.map((key) => row[key])]),
    ];
    saveAs(`berth-usage-${from}-${to}.csv`, toCsv(table), "text/csv");
  };
  return (
    <Page
      title={t("usage.title")}
      actions={
        <>
          <Segments
            label={t("usage.range")}
            value={count}
            onChange={setCount}
            options={PERIODS.map((value) => ({ value, label: t("usage.days", { count: Number(value) }) }))}
          />
          <Segments
            label={t("usage.by")}
            value={by}
            onChange={setBy}
            options={BY.map((value) => ({ value, label: t(`usage.${value}`) }))}
          />
          <Button disabled={rows.length === 0} onClick={save}>
            <Download aria-hidden /> {t("usage.export")}
          </Button>
        </>
      }
    >
      {usage.isError && <ErrorNotice error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.isSuccess && rows.length === 0 && (
        <>
          <Calm icon={<ChartNoAxesColumn />} title={t("usage.empty")}>
            {t("usage.emptyText")}
          </Calm>
          <MonthBudget />
        </>
      )}
      {rows.length > 0 && (
        <>
          <dl className="figures grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
            <Figure name={t("usage.cost")} value={format.money(sum.cost_usd)} />
            <Figure name={t("usage.perDay")} value={format.money(sum.cost_usd / days.length)} />
            <Figure name={t("usage.tokens")} value={format.compact(tokensOf(sum))} />
            <Figure name={t("usage.calls")} value={format.number(sum.calls)} />
          </dl>
          <MonthBudget />
          {by === "day" && <Days days={days} rows={rows} measure={measure} onMeasure={setMeasure} />}
          <UsageTable
            rows={lines}
            sum={sum}
            first={t(`usage.first.${by}`)}
            nameOf={nameOf}
            shares={by !== "day"}
          />
          <p className="mt-3 text-[0.8125rem] text-muted">{t("usage.note")}</p>
        </>
      )}
    </Page>
  );
}

const newestFirst = (a: UsageRow, b: UsageRow) => (b.day ?? "").localeCompare(a.day ?? "");

/** Days stay as programs read them; agents and models go by name. */
const keyOf = (row: UsageRow, by: By, nameOf: (row: UsageRow) => string): string =>
  by === "day" ? (row.day ?? "") : by === "model" ? (row.model ?? "") : nameOf(row);

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="rounded-2xl border border-line px-4 py-3">
      <dt className="text-[0.8125rem] text-muted">{name}</dt>
      <dd className="mt-0.5 font-semibold text-xl tracking-tight">{value}</dd>
    </div>
  );
}
