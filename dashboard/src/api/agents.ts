import { request } from "./client";

export interface AgentSpec {
  name: string;
  prompt: string;
  model: string | null;
  time_limit_seconds: number;
  cost_limit_usd: number | null;
  network: { mode: "packages" | "hosts" | "open"; hosts: string[] };
  done: unknown[];
  notify: { failure: boolean; success: boolean; paused: boolean; budget: boolean };
}

export interface Weekly {
  frequency: "weekly";
  time: string;
  weekdays: string[];
  time_zone: string;
}

/** What an agent is unless somebody says otherwise. */
export const plainAgent = (name: string, prompt: string): AgentSpec => ({
  name,
  prompt,
  model: null,
  time_limit_seconds: 1_800,
  cost_limit_usd: null,
  network: { mode: "packages", hosts: [] },
  done: [],
  notify: { failure: true, success: false, paused: true, budget: true },
});

/** The agent that a conversation suggests. */
export async function draftAgent(conversationId: string): Promise<AgentSpec> {
  const response = await request(`/api/conversations/${encodeURIComponent(conversationId)}/draft`);
  return response.json();
}

/** `key`: the same for every try of one wish, so that it makes one agent. */
export async function createAgent(
  key: string,
  agent: AgentSpec,
  from: { conversationId: string | null; schedule: Weekly | null },
): Promise<void> {
  await request("/api/agents", {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({
      ...agent,
      ...(from.conversationId ? { from_conversation_id: from.conversationId } : {}),
      ...(from.schedule ? { schedule: from.schedule } : {}),
    }),
  });
}
