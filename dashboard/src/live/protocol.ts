/**
 * The frames of `/workspace/me` (docs/api/websocket.md). Events are the same as on the REST side, so their shapes come
 * from the OpenAPI document; the frames around them are not part of it and are written down here, once.
 */
import type { Check } from "../api/agents";
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type RunState = Schemas["RunState"];
export type Reason = Schemas["Reason"];
export type Status = Schemas["Status"];
export type WorkspaceState = Schemas["WorkspaceState"];

export type FinalState = Exclude<RunState, "queued" | "running">;

/** Tokens and cost of the run so far; the last one counts. */
export type UsageFigures = Omit<Extract<RunEvent, { kind: "usage" }>, "kind">;

/** One line of a definition of done, and whether the run met it. */
export interface CheckResult {
  check: Check;
  met: boolean;
  /** Stable word; `found` is the figure that goes with it. */
  reason: string;
  found: number | null;
}

export type RunEvent =
  | Schemas["Event"]
  | { kind: "checked"; checks: CheckResult[] }
  | { kind: "proposal"; proposal_id: string };

/** An event as it is stored: `seq` is dense from 1 within its conversation. */
export type StoredEvent = Omit<Schemas["StoredEvent"], "conversation_id" | "event"> & { event: RunEvent };

/** Live text that is not stored. `offset` counts UTF-16 units of the block. */
export interface Delta {
  run_id: string;
  block: number;
  offset: number;
  text: string;
}

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
