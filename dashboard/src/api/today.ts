import { queryOptions } from "@tanstack/react-query";
import { answer, client, type Schemas } from "./client";

export type Today = Schemas["Today"];
/** One thing to look at. */
export type TodayItem = Schemas["TodayItem"];
/** A run that is planned. */
export type NextRun = Schemas["TodayNext"];

/** Runs start by themselves, and no event tells of them: what is shown is asked for again. */
const EVERY_MS = 10_000;

export const todayQuery = queryOptions({
  queryKey: ["today"],
  queryFn: () => answer(client.GET("/api/today")),
  refetchInterval: EVERY_MS,
});

export const markSeen = () => answer(client.POST("/api/today/seen"));
