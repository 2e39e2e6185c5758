import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";

export type UsageBy = "day" | "model";

/** Tokens and cost of the days `from` to `to`, both included (`YYYY-MM-DD`, UTC). */
export const usageQuery = (from: string, to: string, by: UsageBy) =>
  queryOptions({
    queryKey: ["usage", from, to, by],
    queryFn: async () =>
      (await answer(client.GET("/api/usage", { params: { query: { from, to, by } } }))).items,
  });
