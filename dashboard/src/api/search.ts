import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

type Hit = components["schemas"]["SearchHit"];

/** Something that matches, and the page where it is. */
export interface Found {
  /** `page`: one of the dashboard's own screens, which the server knows nothing of. */
  kind: Hit["kind"] | "page";
  title: string;
  detail: string | null;
  /** Address of the page. */
  path: string;
  /** A folder among the files. */
  folder?: boolean;
}

export type FoundKind = Found["kind"];

const isFolder = (path: string | null): boolean => path?.endsWith("/") ?? false;

/** The page of a hit. */
export function foundAt({ kind, id, path }: Pick<Hit, "kind" | "id" | "path">): string {
  switch (kind) {
    case "conversation":
      return `/chat/${id}`;
    case "agent":
      return `/agents/${id}`;
    case "run":
      return `/runs/${id}`;
    case "file": {
      const query = isFolder(path) ? { path: path?.slice(0, -1) ?? "" } : { open: path ?? "" };
      return `/files?${new URLSearchParams(query)}`;
    }
  }
}

/** What of the user's own things matches: conversations, agents, runs and files. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ["search", text],
    queryFn: async ({ signal }): Promise<Found[]> => {
      const found = await answer(client.GET("/api/search", { params: { query: { q: text } }, signal }));
      return found.items.map(({ kind, title, detail, ...hit }) => ({
        kind,
        title,
        detail,
        path: foundAt({ kind, ...hit }),
        folder: isFolder(hit.path),
      }));
    },
    enabled: text !== "",
    staleTime: 10_000,
  });
