import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type UsageRow as CountedRow, read } from "./client";

export type UsageBy = "day" | "agent" | "model" | "day_agent";

export type UsageRow = CountedRow & { agent_name: string | null };

/** Tokens and cost of the days `from` to `to` of a zone's calendar, both included (`YYYY-MM-DD`). */
export const usageQuery = (from: string, to: string, by: UsageBy, timeZone: string) =>
  queryOptions({
    queryKey: ["usage", from, to, by, timeZone],
    queryFn: async () => {
      const query = new URLSearchParams({ from, to, by, time_zone: timeZone });
      return (await read<{ items: UsageRow[] }>(`/api/usage?${query}`)).items;
    },
    placeholderData: keepPreviousData,
  });
