import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { ScheduleSpec } from "./schedules";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Agent = Schemas["Agent"];
/** Everything its owner writes; each change of it is a version. */
export type AgentSpec = Schemas["AgentSpec"];
export type AgentVersion = Schemas["AgentVersion"];
/** One line of a definition of done; paths are relative to the agent's folder. */
export type Check = Schemas["Check"];
/** What an agent's runs may reach. */
export type Network = Schemas["Network"];
export type RecentRun = Schemas["RecentRun"];
export type Template = Schemas["Template"];

const byId = (id: string) => ({ params: { path: { id } } });
const withCursor = (limit: number, cursor: string | null) => ({ limit, ...(cursor ? { cursor } : {}) });

/** Runs start by themselves, and no event tells of them: what is shown is asked for again. */
const LIST_EVERY_MS = 10_000;
const ONE_EVERY_MS = 5_000;

export const agentsQuery = infiniteQueryOptions({
  queryKey: ["agents", "list"],
  queryFn: ({ pageParam }) =>
    answer(client.GET("/api/agents", { params: { query: withCursor(50, pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: LIST_EVERY_MS,
});

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id],
    queryFn: () => answer(client.GET("/api/agents/{id}", byId(id))),
    refetchInterval: ONE_EVERY_MS,
  });

/** All versions, newest first: there are as many as its owner saved by hand. */
export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id, "versions"],
    queryFn: async () => {
      const all: AgentVersion[] = [];
      for (let cursor: string | null = null, more = true; more; ) {
        const query = withCursor(100, cursor);
        const page: Schemas["Items_AgentVersion"] = await answer(
          client.GET("/api/agents/{id}/versions", { params: { path: { id }, query } }),
        );
        all.push(...page.items);
        cursor = page.next;
        more = cursor !== null;
      }
      return all.sort((a, b) => b.version - a.version);
    },
  });

export const agentRunsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", id, "runs"],
    queryFn: ({ pageParam }) =>
      answer(client.GET("/api/runs", { params: { query: { ...withCursor(30, pageParam), agent_id: id } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: ONE_EVERY_MS,
  });

export const secretsQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id, "secrets"],
    queryFn: async () => (await answer(client.GET("/api/agents/{id}/secrets", byId(id)))).items,
  });

export const templatesQuery = (language: string) =>
  queryOptions({
    queryKey: ["templates", language],
    queryFn: async () =>
      (
        await answer(
          client.GET("/api/templates", { params: { query: { language: language === "ko" ? "ko" : "en" } } }),
        )
      ).items,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What a conversation would be as an agent. */
export const draftAgent = (conversationId: string) =>
  answer(client.GET("/api/conversations/{id}/draft", byId(conversationId)));

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

const once = (key: string) => ({ header: { "Idempotency-Key": key } });

/** `key` is the same for every try of one wish, so that a lost answer makes no second agent. */
export const createAgent = (agent: NewAgent, key: string) =>
  answer(client.POST("/api/agents", { params: once(key), body: agent }));

export type AgentPatch = Partial<AgentSpec> & { status?: Agent["status"]; expected_version?: number };

export const changeAgent = (id: string, body: AgentPatch) =>
  answer(client.PATCH("/api/agents/{id}", { ...byId(id), body }));

export async function deleteAgent(id: string): Promise<void> {
  await answer(client.DELETE("/api/agents/{id}", byId(id)));
}

export const duplicateAgent = (id: string) => answer(client.POST("/api/agents/{id}/duplicate", byId(id)));

export const rollBack = (id: string, version: number) =>
  answer(client.POST("/api/agents/{id}/rollback", { ...byId(id), body: { version } }));

export const exportUrl = (id: string) => `/api/agents/${encodeURIComponent(id)}/export`;

/** What a file holds is the server's to judge. */
export const importAgent = (file: unknown) =>
  answer(client.POST("/api/agents/import", { body: file as Schemas["AgentFileRequest"] }));

/** Runs the agent as it is saved, or the draft. */
export const runAgent = (id: string, key: string, draft?: AgentSpec) =>
  answer(
    client.POST("/api/agents/{id}/runs", {
      params: { path: { id }, ...once(key) },
      body: draft ? { spec: draft } : {},
    }),
  );

export async function putSecret(id: string, name: string, value: string): Promise<void> {
  await answer(
    client.PUT("/api/agents/{id}/secrets/{name}", { params: { path: { id, name } }, body: { value } }),
  );
}

export async function deleteSecret(id: string, name: string): Promise<void> {
  await answer(client.DELETE("/api/agents/{id}/secrets/{name}", { params: { path: { id, name } } }));
}

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
