import { useTranslation } from "react-i18next";
import type { UsageRow } from "~/api/usage";
import { useFormat } from "~/lib/format";
import { COUNTS, type Totals } from "./days";

const WORDS = {
  calls: "usage.calls",
  input_tokens: "usage.input",
  output_tokens: "usage.output",
  cache_read_tokens: "usage.cacheRead",
  cache_write_tokens: "usage.cacheWrite",
  cost_usd: "usage.cost",
} as const;

export function UsageTable({
  rows,
  sum,
  first,
  nameOf,
  shares,
}: {
  rows: readonly UsageRow[];
  sum: Totals;
  first: string;
  nameOf(row: UsageRow): string;
  /** Shows each row's share of the cost as a bar. */
  shares: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const cells = (row: Totals) =>
    COUNTS.map((key) => (
      <td key={key} className="px-3 py-2 text-right">
        {key === "cost_usd" ? format.money(row[key]) : format.number(row[key])}
      </td>
    ));
  return (
    <section
      aria-label={t("usage.title")}
      tabIndex={0}
      className="thin-scroll mt-4 overflow-x-auto rounded-2xl border border-line"
    >
      <table className="w-full text-[0.875rem]">
        <thead className="bg-rail text-[0.8125rem] text-muted">
          <tr>
            <th scope="col" className="px-4 py-2.5 text-left font-medium">
              {first}
            </th>
            {COUNTS.map((key) => (
              <th key={key} scope="col" className="px-3 py-2.5 text-right font-medium whitespace-nowrap">
                {t(WORDS[key])}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.day}${row.agent_id}${row.model}`} className="border-line border-t hover:bg-hover">
              <th scope="row" className="px-4 py-2 text-left font-normal whitespace-nowrap">
                {nameOf(row)}
                {shares && <Share of={row.cost_usd} total={sum.cost_usd} />}
              </th>
              {cells(row)}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-line border-t font-semibold">
            <th scope="row" className="px-4 py-2.5 text-left">
              {t("usage.total")}
            </th>
            {cells(sum)}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

/** A picture of what the figure beside it says. */
function Share({ of, total }: { of: number; total: number }) {
  return (
    <span aria-hidden className="mt-1 block h-1 w-40 overflow-hidden rounded-full bg-sunken">
      <span
        className="block h-full rounded-full bg-accent"
        style={{ width: `${total > 0 ? (of / total) * 100 : 0}%` }}
      />
    </span>
  );
}
