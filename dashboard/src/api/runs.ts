import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { RunState, StoredEvent } from "~/live/protocol";
import { answer, client } from "./client";

const PAGE = 500;

export const runsQuery = infiniteQueryOptions({
  queryKey: ["runs", "list"],
  queryFn: ({ pageParam }) =>
    answer(
      client.GET("/api/runs", {
        params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id],
    queryFn: () => answer(client.GET("/api/runs/{id}", { params: { path: { id } } })),
    refetchInterval: (query) => (isOpen(query.state.data?.state) ? 2_000 : false),
  });

/** All stored events of a run. */
export const runEventsQuery = (id: string, open: boolean) =>
  queryOptions({
    queryKey: ["runs", id, "events"],
    queryFn: async () => {
      const events: StoredEvent[] = [];
      for (let more = true; more; ) {
        const page = await answer(
          client.GET("/api/runs/{id}/events", {
            params: { path: { id }, query: { after: events.at(-1)?.seq ?? 0, limit: PAGE } },
          }),
        );
        events.push(...page.items);
        more = page.next !== null && page.items.length > 0;
      }
      return events;
    },
    refetchInterval: open ? 2_000 : false,
  });

export const isOpen = (state: RunState | undefined): boolean => state === "queued" || state === "running";

export async function cancelRun(id: string): Promise<void> {
  await answer(client.POST("/api/runs/{id}/cancel", { params: { path: { id } } }));
}

export async function retryRun(id: string): Promise<void> {
  await answer(client.POST("/api/runs/{id}/retry", { params: { path: { id } } }));
}
