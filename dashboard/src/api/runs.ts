import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { RunState, StoredEvent } from "~/live/protocol";
import { answer, client, type Run, type Schemas } from "./client";
import type { paths } from "./schema";

export type { Run };
export type RunFile = Schemas["RunFile"];
/** A host a run asked to reach, and what it was told. */
export type AuditedHost = Schemas["AuditHost"];
/** What a list of runs is narrowed to; everything may be left out. */
export type RunFilter = Omit<
  NonNullable<paths["/api/runs"]["get"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

const EVENTS_PAGE = 500;
const RUNS_PAGE = 50;
/** Runs of agents start by themselves, and no event tells of them: what is shown is asked for again. */
const LIST_EVERY_MS = 10_000;
const OPEN_EVERY_MS = 2_000;

function runsPage(filter: RunFilter, limit: number, cursor: string | null) {
  const query = { ...filter, limit, ...(cursor ? { cursor } : {}) };
  return answer(client.GET("/api/runs", { params: { query } }));
}

export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["runs", "list", filter],
    queryFn: ({ pageParam }) => runsPage(filter, RUNS_PAGE, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Who has scrolled far is reading: asking again for all those pages would be much for nothing.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : LIST_EVERY_MS),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id],
    queryFn: () => answer(client.GET("/api/runs/{id}", { params: { path: { id } } })),
    refetchInterval: (query) => (isOpen(query.state.data?.state) ? OPEN_EVERY_MS : false),
  });

/** The agent's run before this one. */
export const runBeforeQuery = (run: Run | undefined) =>
  queryOptions({
    queryKey: ["runs", run?.id, "before"],
    queryFn: async () => {
      if (!run?.agent_id) return null;
      const page = await runsPage({ agent_id: run.agent_id, to: run.queued_at }, 1, null);
      return page.items[0] ?? null;
    },
    enabled: run?.agent_id != null,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** All stored events of a run. Of a run that goes on, only what came since is asked for. */
export const runEventsQuery = (id: string, open: boolean) =>
  queryOptions({
    queryKey: ["runs", id, "events"],
    queryFn: async ({ client: queries, queryKey }) => {
      const events: StoredEvent[] = [...(queries.getQueryData<StoredEvent[]>(queryKey) ?? [])];
      for (let more = true; more; ) {
        const after = events.at(-1)?.seq ?? 0;
        const page = await answer(
          client.GET("/api/runs/{id}/events", {
            params: { path: { id }, query: { after, limit: EVENTS_PAGE } },
          }),
        );
        events.push(...page.items);
        more = page.next !== null && page.items.length > 0;
      }
      return events;
    },
    refetchInterval: open ? OPEN_EVERY_MS : false,
  });

export const runFilesQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id, "files"],
    queryFn: async () =>
      (await answer(client.GET("/api/runs/{id}/files", { params: { path: { id } } }))).items,
  });

export const runAuditQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id, "audit"],
    queryFn: async () =>
      (await answer(client.GET("/api/runs/{id}/audit", { params: { path: { id } } }))).items,
  });

/** Everything a run made, as one file. */
export const zipUrl = (id: string) => `/api/runs/${encodeURIComponent(id)}/zip`;

export const isOpen = (state: RunState | undefined): boolean => state === "queued" || state === "running";

export const cancelRun = (id: string) =>
  answer(client.POST("/api/runs/{id}/cancel", { params: { path: { id } } }));

/** Answers the new run, which is linked to this one. */
export const retryRun = (id: string) =>
  answer(client.POST("/api/runs/{id}/retry", { params: { path: { id } } }));
