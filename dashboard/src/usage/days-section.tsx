import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { budgetQuery, type UsageRow } from "~/api/usage";
import { useFormat } from "~/lib/format";
import { Segments } from "~/ui/segments";
import { dayShare } from "./budget";
import { agentKey, CHATS, grouped, type Measure, OTHERS, seriesOf, stacked } from "./days";
import { useAgentName } from "./names";

const Chart = lazy(() => import("./day-chart").then((module) => ({ default: module.DayChart })));

const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5"];

/** Each day of the period, in the colours of the agents that worked on it. */
export function Days({
  days,
  rows,
  measure,
  onMeasure,
}: {
  days: readonly string[];
  rows: readonly UsageRow[];
  measure: Measure;
  onMeasure(measure: Measure): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useAgentName();
  const plain = seriesOf(grouped(rows, agentKey));
  const coloured = plain.filter(({ key }) => key !== CHATS && key !== OTHERS);
  const series = plain.map(({ key, name }) => {
    const own = COLOURS[coloured.findIndex((agent) => agent.key === key)];
    return {
      key,
      name:
        key === OTHERS
          ? t("usage.others")
          : nameOf({ agent_id: key === CHATS ? null : key, agent_name: name }),
      colour: `var(${own ?? (key === CHATS ? "--series-chats" : "--series-others")})`,
    };
  });
  const budget = useQuery(budgetQuery).data;
  const limit = budget?.monthly_usd ?? null;
  const line =
    budget && limit !== null && measure === "cost" ? dayShare(limit, budget.from, budget.to) : null;
  const amount = measure === "cost" ? format.money : format.compact;
  return (
    <section aria-labelledby="by-day" className="mt-4 rounded-2xl border border-line p-4">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h2 id="by-day" className="font-medium">
          {t("usage.chart")}
        </h2>
        <Segments
          label={t("usage.measure")}
          value={measure}
          onChange={onMeasure}
          options={[
            { value: "cost", label: t("usage.cost") },
            { value: "tokens", label: t("usage.tokens") },
          ]}
        />
      </div>
      <div className="h-60">
        <Suspense fallback={null}>
          <Chart points={stacked(days, rows, plain, measure)} series={series} line={line} amount={amount} />
        </Suspense>
      </div>
      <ul aria-label={t("usage.legend")} className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem]">
        {series.map(({ key, name, colour }) => (
          <li key={key} className="flex min-w-0 items-center gap-1.5">
            <span aria-hidden className="size-2.5 shrink-0 rounded-sm" style={{ background: colour }} />
            <span className="truncate">{name}</span>
          </li>
        ))}
        {line !== null && (
          <li className="flex items-center gap-1.5">
            <span aria-hidden className="w-4 shrink-0 border-ink border-t border-dashed" />
            {t("usage.budgetDay", { cost: format.money(line) })}
          </li>
        )}
      </ul>
    </section>
  );
}
