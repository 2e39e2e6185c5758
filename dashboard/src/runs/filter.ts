/** What the list of runs is narrowed to, as it stands in the address: what one sees can be sent to a colleague. */
import type { RunFilter } from "~/api/runs";

export const STATES = [
  "open",
  "needs_you",
  "bad",
  "failed",
  "timed_out",
  "interrupted",
  "budget_stopped",
  "unproved",
  "succeeded",
  "cancelled",
] as const;
export const TRIGGERS = ["schedule", "manual", "chat", "api", "retry"] as const;
export const TIMES = ["1d", "7d", "30d"] as const;

export type StateChoice = (typeof STATES)[number];
export type TriggerChoice = (typeof TRIGGERS)[number];
export type TimeChoice = (typeof TIMES)[number];

export interface RunSearch {
  /** An agent's id, or `any` for every agent's runs, or `chats`. */
  agent?: string;
  state?: StateChoice;
  trigger?: TriggerChoice;
  time?: TimeChoice;
  /** Days (`YYYY-MM-DD`) on the reader's calendar, both included; they stand in place of `time`. */
  from?: string;
  to?: string;
}

/** Keeps of an address what can be meant; the rest is as if it were not there. */
export function parseSearch(search: Record<string, unknown>): RunSearch {
  const { agent, from, to } = search;
  return {
    ...(typeof agent === "string" && /^[\w-]{1,64}$/.test(agent) ? { agent } : {}),
    ...one("state", search.state, STATES),
    ...one("trigger", search.trigger, TRIGGERS),
    ...one("time", search.time, TIMES),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
  };
}

export const isNarrowed = (search: RunSearch): boolean => Object.keys(search).length > 0;

/** As the server is asked. `now` counts to the minute only, so that the same question is asked again, and not a new one. */
export function toFilter(search: RunSearch, now: number): RunFilter {
  return {
    ...byAgent(search.agent),
    ...byState(search.state),
    ...(search.trigger ? { trigger: [search.trigger] } : {}),
    ...byTime(search, now),
  };
}

function byAgent(agent: string | undefined): RunFilter {
  if (agent === "any") return { kind: "agent" };
  if (agent === "chats") return { kind: "chat" };
  return agent ? { agent_id: agent } : {};
}

function byState(state: StateChoice | undefined): RunFilter {
  switch (state) {
    case undefined:
      return {};
    case "open":
      return { state: ["queued", "running"] };
    case "bad":
      return { state: ["failed", "timed_out", "interrupted", "budget_stopped"] };
    case "needs_you":
      return { state: ["failed"], reason: "needs_you" };
    case "unproved":
      return { state: ["succeeded"], proved: false };
    default:
      return { state: [state] };
  }
}

const DAYS: Readonly<Record<TimeChoice, number>> = { "1d": 1, "7d": 7, "30d": 30 };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function byTime({ time, from, to }: RunSearch, now: number): RunFilter {
  if (from || to) {
    return { ...(from ? { from: startOf(from, 0) } : {}), ...(to ? { to: startOf(to, 1) } : {}) };
  }
  if (!time) return {};
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return { from: new Date(minute - DAYS[time] * DAY_MS).toISOString() };
}

/** When a day of the reader's calendar begins, or the one `later` days after it. */
function startOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

function one<K extends string, V extends string>(key: K, value: unknown, known: readonly V[]) {
  return (known.includes(value as V) ? { [key]: value } : {}) as Partial<Record<K, V>>;
}

const isDay = (value: unknown): value is string =>
  typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
