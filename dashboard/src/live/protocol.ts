/**
 * The frames of `/workspace/me`. REST shapes come from the OpenAPI document; WebSocket frames are not part of
 * it, so they are written down here, once.
 */

export type RunState =
  | "queued"
  | "starting"
  | "running"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "timed_out"
  | "budget_stopped"
  | "interrupted";

export type FinalState = Exclude<RunState, "queued" | "starting" | "running">;

export interface UsageFigures {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cost_usd: number;
  model?: string | null;
}

export type RunEvent =
  | { kind: "message"; id: string; role: "user" | "assistant"; content: string }
  | { kind: "queued" }
  | { kind: "started" }
  | { kind: "status"; label: string }
  | { kind: "text"; block: number; text: string }
  | { kind: "tool_use"; tool_use_id: string; name: string; input: unknown }
  | { kind: "tool_result"; tool_use_id: string; is_error: boolean; content: unknown }
  | { kind: "file"; path: string; size: number; media_type: string }
  | ({ kind: "usage" } & UsageFigures)
  | { kind: "retrying"; attempt?: number; delay_ms?: number }
  | {
      kind: "finished";
      state: FinalState;
      reason: string | null;
      result: string | null;
      duration_ms: number | null;
    };

/** An event as it is stored: `seq` is dense from 1 within its conversation. */
export interface StoredEvent {
  seq: number;
  run_id: string;
  at: string;
  event: RunEvent;
}

/** Live text that is not stored. `offset` counts Unicode scalar values of the block. */
export interface Delta {
  run_id: string;
  block: number;
  offset: number;
  text: string;
}

export type WorkspaceState = "absent" | "starting" | "ready" | "stopped";

export type ServerFrame =
  | { type: "ready"; user_id: string; workspace: WorkspaceState }
  | { type: "accepted"; id: string; conversation_id: string; run_id: string }
  | ({ type: "event"; conversation_id: string } & StoredEvent)
  | ({ type: "delta"; conversation_id: string } & Delta)
  | { type: "pong" }
  | { type: "error"; code: string; message: string; id?: string | null };

export type ClientFrame =
  | {
      type: "message";
      id: string;
      conversation_id: string | null;
      agent_id: string | null;
      content: string;
    }
  | { type: "interrupt"; conversation_id: string }
  | { type: "subscribe"; conversation_id: string; after: number }
  | { type: "ping" };

/** Parses one text frame; anything that is not a frame of ours is dropped. */
export function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "type" in value ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}
