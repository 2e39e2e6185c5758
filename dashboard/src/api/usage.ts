import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client, type UsageRow } from "./client";

export type { UsageRow };
export type UsageBy = "day" | "agent" | "model" | "day_agent";

/** Tokens and cost of the days `from` to `to` of a zone's calendar, both included (`YYYY-MM-DD`). */
export const usageQuery = (from: string, to: string, by: UsageBy, timeZone: string) =>
  queryOptions({
    queryKey: ["usage", from, to, by, timeZone],
    queryFn: async () => {
      const query = { from, to, by, time_zone: timeZone };
      return (await answer(client.GET("/api/usage", { params: { query } }))).items;
    },
    placeholderData: keepPreviousData,
  });

/** What this month may cost and has cost. */
export const budgetQuery = queryOptions({
  queryKey: ["budget"],
  queryFn: () => answer(client.GET("/api/usage/budget")),
});

/** Null is no limit. */
export const putBudget = (monthlyUsd: number | null) =>
  answer(client.PUT("/api/usage/budget", { body: { monthly_usd: monthlyUsd } }));
