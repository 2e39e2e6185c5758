import { queryOptions } from "@tanstack/react-query";
import type { AgentSpec } from "./agents";
import { answer, client } from "./client";
import type { ScheduleSpec } from "./schedules";
import type { components } from "./schema";

/** What Claude proposes in a chat: nothing of it holds before its user has confirmed it. */
export type Proposal = components["schemas"]["Proposal"];

const byId = (id: string) => ({ params: { path: { id } } });

export const proposalQuery = (id: string) =>
  queryOptions({
    queryKey: ["proposals", id],
    queryFn: () => answer(client.GET("/api/proposals/{id}", byId(id))),
  });

/** As proposed, or with what its user changed; a schedule of null is none. */
export const confirmProposal = (
  id: string,
  edited: { agent?: AgentSpec; schedule?: ScheduleSpec | null } = {},
) => answer(client.POST("/api/proposals/{id}/confirm", { ...byId(id), body: edited }));

export const declineProposal = (id: string) => answer(client.POST("/api/proposals/{id}/decline", byId(id)));
