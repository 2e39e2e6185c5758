import { expect, it } from "vitest";
import type { UsageRow } from "~/api/usage";
import { CHATS, grouped, lastDays, OTHERS, seriesOf, stacked, totals } from "./days";

const row = (day: string, agent: string | null, cost: number): UsageRow => ({
  day,
  agent_id: agent,
  agent_name: agent && `Agent ${agent}`,
  model: null,
  calls: 1,
  input_tokens: 10,
  output_tokens: 1,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_usd: cost,
});

it("names every day up to today, over the end of a month", () => {
  const now = new Date(2026, 2, 1, 23, 59).getTime();
  expect(lastDays(now, 3)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
});

it("stacks a day's cost by agent, with the conversations as one of them", () => {
  const rows = [row("2026-03-01", "a", 2), row("2026-03-01", null, 1), row("2026-02-28", "a", 3)];
  const series = seriesOf(grouped(rows, (one) => one.agent_id ?? ""));
  expect(series.map(({ key }) => key)).toEqual(["a", CHATS]);
  expect(stacked(["2026-02-27", "2026-02-28", "2026-03-01"], rows, series, "cost")).toEqual([
    { day: "2026-02-27", a: 0, chats: 0 },
    { day: "2026-02-28", a: 3, chats: 0 },
    { day: "2026-03-01", a: 2, chats: 1 },
  ]);
});

it("gives a colour to the dearest and one to all others, and loses nothing", () => {
  const rows = Array.from({ length: 9 }, (_, at) => row("2026-03-01", `a${at}`, 9 - at));
  const series = seriesOf(grouped(rows, (one) => one.agent_id ?? ""));
  expect(series.map(({ key }) => key)).toEqual(["a0", "a1", "a2", "a3", "a4", OTHERS]);
  const [point] = stacked(["2026-03-01"], rows, series, "cost");
  expect(point?.[OTHERS]).toBe(4 + 3 + 2 + 1);
  const [tokens] = stacked(["2026-03-01"], rows, series, "tokens");
  expect(tokens?.[OTHERS]).toBe(4 * 11);
  expect(totals(rows).cost_usd).toBe(45);
});
