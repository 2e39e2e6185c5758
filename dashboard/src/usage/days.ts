import type { UsageRow } from "~/api/client";

const DAY_MS = 86_400_000;

export const isoDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The last `count` days up to and with the day of `now`. */
export function period(now: number, count: number): { from: string; to: string } {
  return { from: isoDay(now - (count - 1) * DAY_MS), to: isoDay(now) };
}

/** One figure for every day of the period: days without use are zero, not missing. */
export function costByDay(
  rows: readonly UsageRow[],
  from: string,
  to: string,
): { day: string; cost: number }[] {
  const costs = new Map<string, number>();
  for (const row of rows) if (row.day) costs.set(row.day, (costs.get(row.day) ?? 0) + row.cost_usd);
  const days: { day: string; cost: number }[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    const day = isoDay(at);
    days.push({ day, cost: costs.get(day) ?? 0 });
  }
  return days;
}

export const COUNTS = [
  "calls",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "cost_usd",
] as const;

export type Totals = Record<(typeof COUNTS)[number], number>;

export function totals(rows: readonly UsageRow[]): Totals {
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
