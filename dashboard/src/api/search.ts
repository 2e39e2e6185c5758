import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";

export type FoundKind = "conversation" | "agent" | "run" | "file" | "page";

/** Something that matches, and the page where it is. */
export interface Found {
  kind: FoundKind;
  id: string | null;
  title: string;
  detail: string;
  path: string;
}

/** What of the user's own things matches: conversations, agents, runs and files. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ["search", text],
    queryFn: async ({ signal }): Promise<Found[]> => {
      const response = await request(`/api/search?q=${encodeURIComponent(text)}`, { signal });
      return (await response.json()).items;
    },
    enabled: text !== "",
    staleTime: 10_000,
  });
