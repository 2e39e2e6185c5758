import { queryOptions } from "@tanstack/react-query";
import type { AgentSpec } from "./agents";
import { read, send } from "./client";
import type { ScheduleSpec } from "./schedules";

/** What Claude proposes in a chat: nothing of it holds before its user has confirmed it. */
export interface Proposal {
  id: string;
  conversation_id: string;
  run_id: string;
  kind: "agent" | "schedule";
  agent: AgentSpec | null;
  schedule: ScheduleSpec | null;
  agent_id: string | null;
  agent_name: string | null;
  state: "open" | "confirmed" | "declined";
  created_at: string;
  decided_at: string | null;
}

const path = (id: string, rest = "") => `/api/proposals/${encodeURIComponent(id)}${rest}`;

export const proposalQuery = (id: string) =>
  queryOptions({ queryKey: ["proposals", id], queryFn: () => read<Proposal>(path(id)) });

/** As proposed, or with what its user changed. */
export const confirmProposal = (
  id: string,
  edited: { agent?: AgentSpec; schedule?: ScheduleSpec | null } = {},
) => send<Proposal>("POST", path(id, "/confirm"), edited);

export const declineProposal = (id: string) => send<Proposal>("POST", path(id, "/decline"));
