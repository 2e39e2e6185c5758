import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Run, read, send } from "./client";
import type { Schedule, ScheduleSpec } from "./schedules";

/** What an agent's runs may reach. */
export type Network = { mode: "packages" } | { mode: "hosts"; hosts: string[] } | { mode: "open" };

/** One line of a definition of done; paths are relative to the agent's folder. */
export type Check =
  | { kind: "file_exists"; path: string }
  | { kind: "newer_than_start"; path: string }
  | { kind: "min_rows"; path: string; rows: number }
  | { kind: "min_size"; path: string; bytes: number }
  | { kind: "contains"; path?: string | null; text: string };

export interface NotifyRules {
  failure: boolean;
  success: boolean;
  paused: boolean;
  budget: boolean;
}

/** Everything its owner writes; each change of it is a version. */
export interface AgentSpec {
  name: string;
  prompt: string;
  model: string | null;
  time_limit_seconds: number;
  cost_limit_usd: number | null;
  network: Network;
  done: Check[];
  notify: NotifyRules;
}

export interface RecentRun {
  id: string;
  queued_at: string;
  state: Run["state"];
  proved: boolean | null;
  cost_usd: number;
}

type Usage = Run["usage"];

export interface Agent extends AgentSpec {
  id: string;
  status: "active" | "inactive";
  version: number;
  created_at: string;
  updated_at: string;
  schedule: Schedule | null;
  next_run_at: string | null;
  last_run: Run | null;
  /** Seven days, newest first. */
  recent: RecentRun[];
  usage: { month: Usage; total: Usage };
  folder: string;
}

export interface AgentVersion {
  version: number;
  spec: AgentSpec;
  note: { change: "created" | "edited" } | { change: "rolled_back"; to: number };
  created_at: string;
}

export interface Template {
  id: string;
  name: string;
  summary: string;
  spec: AgentSpec;
  schedule: ScheduleSpec | null;
  icon: string;
}

export interface StartedRun {
  id: string;
  run_id: string;
  conversation_id: string;
}

interface List<T> {
  items: T[];
  next: string | null;
}

const path = (id: string, rest = "") => `/api/agents/${encodeURIComponent(id)}${rest}`;

/** Runs start by themselves, and no event tells of them: what is shown is asked for again. */
const LIST_EVERY_MS = 10_000;
const ONE_EVERY_MS = 5_000;

export const agentsQuery = infiniteQueryOptions({
  queryKey: ["agents", "list"],
  queryFn: ({ pageParam }) =>
    read<List<Agent>>(`/api/agents?limit=50${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: LIST_EVERY_MS,
});

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id],
    queryFn: () => read<Agent>(path(id)),
    refetchInterval: ONE_EVERY_MS,
  });

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id, "versions"],
    queryFn: async () => (await read<List<AgentVersion>>(path(id, "/versions"))).items,
  });

export const agentRunsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", id, "runs"],
    queryFn: ({ pageParam }) =>
      read<List<Run>>(
        `/api/runs?limit=30&agent_id=${encodeURIComponent(id)}${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: ONE_EVERY_MS,
  });

export const secretsQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id, "secrets"],
    queryFn: async () => (await read<List<{ name: string }>>(path(id, "/secrets"))).items,
  });

export const templatesQuery = (language: string) =>
  queryOptions({
    queryKey: ["templates", language],
    queryFn: async () =>
      (await read<List<Template>>(`/api/templates?language=${encodeURIComponent(language)}`)).items,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What a conversation would be as an agent. */
export const draftAgent = (conversationId: string) =>
  read<AgentSpec>(`/api/conversations/${encodeURIComponent(conversationId)}/draft`);

export const draftQuery = (conversationId: string) =>
  queryOptions({
    queryKey: ["conversations", conversationId, "draft"],
    queryFn: () => draftAgent(conversationId),
    staleTime: 0,
    gcTime: 0,
  });

export interface NewAgent extends AgentSpec {
  status?: Agent["status"];
  from_conversation_id?: string;
  schedule?: ScheduleSpec;
}

/** `key` is the same for every try of one wish, so that a lost answer makes no second agent. */
export const createAgent = (agent: NewAgent, key: string) =>
  send<Agent>("POST", "/api/agents", agent, { "idempotency-key": key });

export type AgentPatch = Partial<AgentSpec> & { status?: Agent["status"]; expected_version?: number };

export const changeAgent = (id: string, patch: AgentPatch) => send<Agent>("PATCH", path(id), patch);
export const deleteAgent = (id: string) => send<null>("DELETE", path(id));
export const duplicateAgent = (id: string) => send<Agent>("POST", path(id, "/duplicate"));
export const rollBack = (id: string, version: number) =>
  send<Agent>("POST", path(id, "/rollback"), { version });
export const exportUrl = (id: string) => path(id, "/export");
export const importAgent = (file: unknown) => send<Agent>("POST", "/api/agents/import", file);

/** Runs the agent as it is saved, or the draft. */
export const runAgent = (id: string, key: string, draft?: AgentSpec) =>
  send<StartedRun>("POST", path(id, "/runs"), draft ? { spec: draft } : {}, { "idempotency-key": key });

const secretPath = (id: string, name: string) => path(id, `/secrets/${encodeURIComponent(name)}`);

export const putSecret = (id: string, name: string, value: string) =>
  send<null>("PUT", secretPath(id, name), { value });
export const deleteSecret = (id: string, name: string) => send<null>("DELETE", secretPath(id, name));

export const newSpec = (): AgentSpec => ({
  name: "",
  prompt: "",
  model: null,
  time_limit_seconds: 1_800,
  cost_limit_usd: null,
  network: { mode: "hosts", hosts: [] },
  done: [],
  notify: { failure: true, success: false, paused: true, budget: true },
});

/** Only what its owner writes, of an agent with all its figures. */
export const specOf = (agent: AgentSpec): AgentSpec => ({
  name: agent.name,
  prompt: agent.prompt,
  model: agent.model,
  time_limit_seconds: agent.time_limit_seconds,
  cost_limit_usd: agent.cost_limit_usd,
  network: agent.network,
  done: agent.done,
  notify: agent.notify,
});
