import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import type { Agent, RecentRun } from "~/api/agents";
import { newSpec } from "~/api/agents";
import { newSchedule, type Schedule } from "~/api/schedules";
import { makeFormat } from "~/lib/format";
import { lastDays } from "./days";
import { nextRunText } from "./next-run";

const t = ((key: string, options?: { count?: number }) =>
  options?.count === undefined ? key : `${key}(${options.count})`) as TFunction;
const NOW = Date.parse("2026-11-21T00:00:00Z");
const none = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd: 0 };

const schedule = (change: Partial<Schedule> = {}): Schedule => ({
  ...newSchedule("Asia/Seoul"),
  id: "s",
  agent_id: "a",
  next_due_at: null,
  paused_reason: null,
  failures: 0,
  updated_at: "2026-11-01T00:00:00Z",
  ...change,
});

const agent = (change: Partial<Agent>): Agent =>
  ({
    ...newSpec(),
    id: "a",
    status: "active",
    version: 1,
    created_at: "2026-11-01T00:00:00Z",
    updated_at: "2026-11-01T00:00:00Z",
    schedule: schedule(),
    next_run_at: "2026-11-21T02:30:00Z",
    last_run: null,
    recent: [],
    usage: { month: none, total: none },
    folder: "agent-a",
    ...change,
  }) as Agent;

const said = (change: Partial<Agent>, now = NOW) =>
  nextRunText(t, makeFormat("en"), agent(change), now, "en").replaceAll(/\s/g, " ");

describe("the next run", () => {
  it("is told as what is left of the next day, then as a date", () => {
    expect(said({})).toBe("in 2 hr.");
    const far = said({ next_run_at: "2026-11-22T23:00:00Z" });
    expect(far, "the day of the schedule's zone, which is named").toBe("Mon, Nov 23, 08:00 Seoul");
  });

  it("is never in the past: what is due is now", () => {
    expect(said({ next_run_at: "2026-11-20T23:00:00Z" })).toBe("now");
    expect(said({ next_run_at: "2026-11-21T00:00:00Z" })).toBe("now");
  });

  it("is none where there will be none, with the reason", () => {
    expect(said({ schedule: null })).toBe("agents.nextNone");
    expect(said({ status: "inactive" })).toBe("agents.off");
    expect(said({ schedule: schedule({ paused: true, paused_reason: "user" }) })).toBe("agents.paused");
    expect(said({ schedule: schedule({ paused_reason: "failures", failures: 3 }) })).toBe(
      "agents.pausedFailures(3)",
    );
  });
});

it("seven days end today, and each run is in the day it was asked for", () => {
  const noon = new Date(2026, 10, 21, 12).getTime();
  const at = (day: number, hour: number): RecentRun => ({
    id: `${day}-${hour}`,
    queued_at: new Date(2026, 10, day, hour).toISOString(),
    state: "succeeded",
    reason: "completed",
    proved: null,
    cost_usd: 0,
  });
  const days = lastDays([at(21, 0), at(20, 23), at(15, 1), at(14, 23)], noon);
  expect(days.map(({ runs }) => runs.map(({ id }) => id))).toEqual([
    ["15-1"],
    [],
    [],
    [],
    [],
    ["20-23"],
    ["21-0"],
  ]);
  expect(days.at(-1)?.day.getDate()).toBe(21);
});
