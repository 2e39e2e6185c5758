import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Frequency = Schemas["Frequency"];
export type Weekday = Schemas["Weekday"];
/** A schedule as a person wrote it. What its frequency does not use is kept, and not looked at. */
export type ScheduleSpec = Schemas["ScheduleSpec"];
export type Schedule = Schemas["Schedule"];
export type Fire = Schemas["Fire"];
export type ExpectedCost = Schemas["ExpectedCost"];
/** One time at which the schedule was due, and what became of it. */
export type Slot = Schemas["Slot"];
/** What making up for past times did, or would do. */
export type Backfilled = Schemas["Backfill"];

export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const byId = (id: string) => ({ params: { path: { id } } });

/** The schedule's own fields, without what the server adds. */
export const scheduleSpecOf = (schedule: ScheduleSpec): ScheduleSpec => ({
  frequency: schedule.frequency,
  time: schedule.time,
  weekdays: schedule.weekdays,
  day_of_month: schedule.day_of_month,
  cron: schedule.cron,
  time_zone: schedule.time_zone,
  catch_up: schedule.catch_up,
  catch_up_max: schedule.catch_up_max,
  overlap: schedule.overlap,
  jitter_seconds: schedule.jitter_seconds,
  paused: schedule.paused,
});

/** Every Monday at eight, where the reader is. */
export const newSchedule = (timeZone: string): ScheduleSpec => ({
  frequency: "weekly",
  time: "08:00",
  weekdays: ["mon"],
  day_of_month: 1,
  cron: null,
  time_zone: timeZone,
  catch_up: "latest",
  catch_up_max: 3,
  overlap: "queue_one",
  jitter_seconds: 0,
  paused: false,
});

/** The next times of a schedule that need not be saved, and what they will cost for this agent. */
export const previewQuery = (schedule: ScheduleSpec, agentId: string | null, count = 5) =>
  queryOptions({
    queryKey: ["schedule-preview", agentId, schedule, count],
    queryFn: () =>
      answer(
        client.POST("/api/schedules/preview", {
          body: { ...schedule, paused: false, count, agent_id: agentId },
        }),
      ),
    placeholderData: keepPreviousData,
    // Times pass: what was the next a minute ago may be over.
    refetchInterval: 30_000,
    retry: false,
  });

export const slotsQuery = (agentId: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", agentId, "slots"],
    queryFn: ({ pageParam }) =>
      answer(
        client.GET("/api/agents/{id}/slots", {
          params: {
            path: { id: agentId },
            query: { limit: 30, ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  });

export const putSchedule = (agentId: string, body: ScheduleSpec) =>
  answer(client.PUT("/api/agents/{id}/schedule", { ...byId(agentId), body }));

export async function deleteSchedule(agentId: string): Promise<void> {
  await answer(client.DELETE("/api/agents/{id}/schedule", byId(agentId)));
}

export const pauseSchedule = (agentId: string) =>
  answer(client.POST("/api/agents/{id}/schedule/pause", byId(agentId)));

export const resumeSchedule = (agentId: string) =>
  answer(client.POST("/api/agents/{id}/schedule/resume", byId(agentId)));

/** Runs the times of a past period; `dry_run` only says which, and what they will cost. */
export const backfill = (agentId: string, body: Schemas["BackfillRequest"]) =>
  answer(client.POST("/api/agents/{id}/backfill", { ...byId(agentId), body }));
