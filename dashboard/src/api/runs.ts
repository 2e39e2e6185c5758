import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { CheckResult, Reason, RunState, StoredEvent } from "~/live/protocol";
import { type Run as ChatRun, read, send } from "./client";

/** A run: of an agent where it names one, or else the answer to a message. */
export type Run = ChatRun & {
  agent_name: string | null;
  /** Null for a test run of what was not saved. */
  agent_version: number | null;
  schedule_id: string | null;
  scheduled_at: string | null;
  /** Only where a single run is asked for. */
  checks: CheckResult[] | null;
};

/** What a list of runs is narrowed to; everything may be left out. */
export interface RunFilter {
  agent_id?: string | undefined;
  kind?: "agent" | "chat" | undefined;
  state?: readonly RunState[] | undefined;
  reason?: Reason | undefined;
  proved?: boolean | undefined;
  trigger?: string | undefined;
  /** RFC 3339; included. */
  from?: string | undefined;
  /** RFC 3339; not included. */
  to?: string | undefined;
}

interface List<T> {
  items: T[];
  next: string | null;
}

const EVENTS_PAGE = 500;
const RUNS_PAGE = 50;
/** Runs of agents start by themselves, and no event tells of them: what is shown is asked for again. */
const LIST_EVERY_MS = 10_000;
const OPEN_EVERY_MS = 2_000;

const path = (id: string, rest = "") => `/api/runs/${encodeURIComponent(id)}${rest}`;

function runsAddress(filter: RunFilter, limit: number, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value.length !== 0) query.set(name, String(value));
  }
  if (cursor) query.set("cursor", cursor);
  return `/api/runs?${query}`;
}

export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["runs", "list", filter],
    queryFn: ({ pageParam }) => read<List<Run>>(runsAddress(filter, RUNS_PAGE, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Who has scrolled far is reading: asking again for all those pages would be much for nothing.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : LIST_EVERY_MS),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id],
    queryFn: () => read<Run>(path(id)),
    refetchInterval: (query) => (isOpen(query.state.data?.state) ? OPEN_EVERY_MS : false),
  });

/** The agent's run before this one. */
export const runBeforeQuery = (run: Run | undefined) =>
  queryOptions({
    queryKey: ["runs", run?.id, "before"],
    queryFn: async () => {
      const filter = { agent_id: run?.agent_id ?? undefined, to: run?.queued_at };
      const page = await read<List<Run>>(runsAddress(filter, 2, null));
      return page.items.find(({ id }) => id !== run?.id) ?? null;
    },
    enabled: run?.agent_id != null,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** All stored events of a run. Of a run that goes on, only what came since is asked for. */
export const runEventsQuery = (id: string, open: boolean) =>
  queryOptions({
    queryKey: ["runs", id, "events"],
    queryFn: async ({ client, queryKey }) => {
      const events: StoredEvent[] = [
        ...((client as QueryClient).getQueryData<StoredEvent[]>(queryKey) ?? []),
      ];
      for (let more = true; more; ) {
        const after = events.at(-1)?.seq ?? 0;
        const page = await read<List<StoredEvent>>(path(id, `/events?after=${after}&limit=${EVENTS_PAGE}`));
        events.push(...page.items);
        more = page.next !== null && page.items.length > 0;
      }
      return events;
    },
    refetchInterval: open ? OPEN_EVERY_MS : false,
  });

export interface RunFile {
  path: string;
  size: number;
  media_type: string;
}

export const runFilesQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id, "files"],
    queryFn: async () => (await read<List<RunFile>>(path(id, "/files"))).items,
  });

/** A host the run asked to reach, and what it was told. */
export interface AuditedHost {
  host: string;
  port: number;
  allowed: boolean;
  reason: string;
  requests: number;
  bytes_up: number;
  bytes_down: number;
}

export const runAuditQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id, "audit"],
    queryFn: async () => (await read<List<AuditedHost>>(path(id, "/audit"))).items,
  });

export const zipUrl = (id: string) => path(id, "/zip");

export const isOpen = (state: RunState | undefined): boolean => state === "queued" || state === "running";

export const cancelRun = (id: string) => send<unknown>("POST", path(id, "/cancel"));

/** Answers the new run, which is linked to this one. */
export const retryRun = (id: string) => send<{ run_id: string }>("POST", path(id, "/retry"));
