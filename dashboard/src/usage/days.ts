import type { UsageRow } from "~/api/usage";

export const COUNTS = [
  "calls",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "cost_usd",
] as const;

export type Totals = Record<(typeof COUNTS)[number], number>;

/** What a chart is drawn of. */
export type Measure = "cost" | "tokens";

export function totals(rows: readonly Totals[]): Totals {
  const sum: Totals = {
    calls: 0,
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cost_usd: 0,
  };
  for (const row of rows) for (const key of COUNTS) sum[key] += row[key];
  return sum;
}

export const tokensOf = (row: Totals): number =>
  row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_write_tokens;

export const amountOf = (row: Totals, measure: Measure): number =>
  measure === "cost" ? row.cost_usd : tokensOf(row);

/** A day of the reader's calendar as `YYYY-MM-DD`. */
export function isoDay(day: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The last `count` days up to and with the day of `now`, oldest first. */
export function lastDays(now: number, count: number): string[] {
  const today = new Date(now);
  return Array.from({ length: count }, (_, index) =>
    // Days are counted on the calendar, not in hours: one of them may have 23 or 25.
    isoDay(new Date(today.getFullYear(), today.getMonth(), today.getDate() - (count - 1 - index))),
  );
}

/** The sum of each group of rows, dearest first. */
export function grouped(rows: readonly UsageRow[], keyOf: (row: UsageRow) => string): (UsageRow & Totals)[] {
  const groups = new Map<string, UsageRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()]
    .map((group) => ({ ...(group[0] as UsageRow), ...totals(group) }))
    .sort((a, b) => b.cost_usd - a.cost_usd);
}

/** One colour of the chart: an agent, the conversations, or all agents that have no colour of their own. */
export interface Series {
  key: string;
  name: string | null;
}

/** Colours that can be told apart. */
const MAX_SERIES = 6;
export const OTHERS = "others";
export const CHATS = "chats";

export const agentKey = (row: Pick<UsageRow, "agent_id">): string => row.agent_id ?? CHATS;

/** The dearest agents each have a colour; the rest share one. */
export function seriesOf(agents: readonly Pick<UsageRow, "agent_id" | "agent_name">[]): Series[] {
  const all = agents.map((agent) => ({ key: agentKey(agent), name: agent.agent_name }));
  if (all.length <= MAX_SERIES) return all;
  return [...all.slice(0, MAX_SERIES - 1), { key: OTHERS, name: null }];
}

export type DayPoint = { day: string } & Record<string, number | string>;

/** For every day one amount a series: days without use are zero, not missing. */
export function stacked(
  days: readonly string[],
  rows: readonly UsageRow[],
  series: readonly Series[],
  measure: Measure,
): DayPoint[] {
  const known = new Set(series.map(({ key }) => key));
  const points = new Map(days.map((day): [string, DayPoint] => [day, { day }]));
  for (const point of points.values()) for (const { key } of series) point[key] = 0;
  for (const row of rows) {
    const point = points.get(row.day ?? "");
    const key = known.has(agentKey(row)) ? agentKey(row) : OTHERS;
    if (point) point[key] = Number(point[key] ?? 0) + amountOf(row, measure);
  }
  return [...points.values()];
}
