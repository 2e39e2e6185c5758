import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { read, send } from "./client";

export type Frequency = "hourly" | "daily" | "weekly" | "monthly" | "cron";
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A schedule as a person wrote it. What its frequency does not use is kept, and not looked at. */
export interface ScheduleSpec {
  frequency: Frequency;
  /** `HH:MM`. Of an hourly schedule only the minute counts. */
  time?: string | null;
  weekdays?: Weekday[];
  day_of_month?: number | null;
  cron?: string | null;
  /** IANA name. */
  time_zone: string;
  catch_up?: "skip" | "latest" | "all";
  catch_up_max?: number;
  overlap?: "skip" | "queue_one" | "cancel_previous";
  jitter_seconds?: number;
  paused?: boolean;
}

export interface Schedule extends ScheduleSpec {
  id: string;
  agent_id: string;
  next_due_at: string | null;
  paused_reason: null | "user" | "failures" | "cannot_compute";
  failures: number;
  updated_at: string;
}

export interface Fire {
  at: string;
  local: string;
  note: null | "gap" | "repeated";
}

/** From the agent's past runs; null before the first. */
export interface Cost {
  p50_usd: number;
  p95_usd: number;
}

/** The cost of the next thirty days. */
export interface ExpectedCost extends Cost {
  fires_per_month: number;
}

export interface Preview {
  fires: Fire[];
  expected_cost: ExpectedCost | null;
}

export type SlotReason =
  | "paused"
  | "overlap"
  | "agent_inactive"
  | "agent_deleted"
  | "schedule_changed"
  | "quota"
  | "budget"
  | "catch_up_skip"
  | "superseded"
  | "too_old"
  | "over_catch_up_max"
  | "cannot_compute";

/** One time at which the schedule was due, and what became of it. */
export interface Slot {
  scheduled_at: string;
  outcome: "pending" | "ran" | "skipped" | "missed";
  reason: SlotReason | null;
  run_id: string | null;
  late: boolean;
}

const path = (agentId: string, rest: string) => `/api/agents/${encodeURIComponent(agentId)}${rest}`;

/** The schedule's own fields, without what the server adds. */
export const scheduleSpecOf = (schedule: ScheduleSpec): ScheduleSpec => ({
  frequency: schedule.frequency,
  time: schedule.time ?? null,
  weekdays: schedule.weekdays ?? [],
  day_of_month: schedule.day_of_month ?? null,
  cron: schedule.cron ?? null,
  time_zone: schedule.time_zone,
  catch_up: schedule.catch_up ?? "latest",
  catch_up_max: schedule.catch_up_max ?? 3,
  overlap: schedule.overlap ?? "queue_one",
  jitter_seconds: schedule.jitter_seconds ?? 0,
  paused: schedule.paused ?? false,
});

/** Every Monday at eight, where the reader is. */
export const newSchedule = (timeZone: string): ScheduleSpec =>
  scheduleSpecOf({
    frequency: "weekly",
    time: "08:00",
    weekdays: ["mon"],
    day_of_month: 1,
    time_zone: timeZone,
  });

/** The next times of a schedule that need not be saved, and what they will cost for this agent. */
export const previewQuery = (schedule: ScheduleSpec, agentId: string | null, count = 5) =>
  queryOptions({
    queryKey: ["schedule-preview", agentId, schedule, count],
    queryFn: () =>
      send<Preview>("POST", "/api/schedules/preview", {
        ...schedule,
        paused: false,
        count,
        ...(agentId ? { agent_id: agentId } : {}),
      }),
    placeholderData: keepPreviousData,
    // Times pass: what was the next a minute ago may be over.
    refetchInterval: 30_000,
    retry: false,
  });

export const slotsQuery = (agentId: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", agentId, "slots"],
    queryFn: ({ pageParam }) =>
      read<{ items: Slot[]; next: string | null }>(
        path(agentId, `/slots?limit=30${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  });

export const putSchedule = (agentId: string, schedule: ScheduleSpec) =>
  send<Schedule>("PUT", path(agentId, "/schedule"), schedule);
export const deleteSchedule = (agentId: string) => send<null>("DELETE", path(agentId, "/schedule"));
export const pauseSchedule = (agentId: string) => send<Schedule>("POST", path(agentId, "/schedule/pause"));
export const resumeSchedule = (agentId: string) => send<Schedule>("POST", path(agentId, "/schedule/resume"));

export interface Backfill {
  from: string;
  to: string;
  dry_run?: boolean;
}

export interface BackfillAnswer {
  slots: Slot[];
  expected_cost: Cost | null;
}

export const backfill = (agentId: string, wish: Backfill) =>
  send<BackfillAnswer>("POST", path(agentId, "/backfill"), wish);
