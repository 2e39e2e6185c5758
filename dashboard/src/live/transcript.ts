/**
 * A conversation as the chat screen shows it, built from events alone.
 *
 * Everything here is pure. Stored events are applied in `seq` order exactly once, whatever order and however
 * often they arrive; live deltas only ever fill blocks whose stored text has not come yet.
 */
import { appendDelta, type LiveBlock } from "./blocks";
import type {
  CheckResult,
  Delta,
  FinalState,
  Reason,
  RunEvent,
  RunState,
  Status,
  StoredEvent,
  UsageFigures,
} from "./protocol";

export interface TextPart extends LiveBlock {
  type: "text";
  key: string;
  block: number;
}

export interface ToolPart {
  type: "tool";
  key: string;
  id: string;
  name: string;
  input: unknown;
  startedAt: string;
  endedAt: string | null;
  isError: boolean;
  output: unknown;
}

export interface FilePart {
  type: "file";
  key: string;
  path: string;
  size: number;
  mediaType: string;
  at: string;
}

/** What the definition of done found. */
export interface ChecksPart {
  type: "checks";
  key: string;
  checks: readonly CheckResult[];
}

/** Something to confirm or decline. */
export interface ProposalPart {
  type: "proposal";
  key: string;
  id: string;
}

export type Part = TextPart | ToolPart | FilePart | ChecksPart | ProposalPart;

export interface Outcome {
  state: FinalState;
  reason: Reason | null;
  result: string | null;
  durationMs: number;
}

/** One run: what was asked, and everything that came of it. */
export interface Turn {
  runId: string;
  /** False while only the acceptance is known: stored turns go before it. */
  stored: boolean;
  prompt: { id: string; content: string } | null;
  state: RunState;
  parts: Part[];
  /** What the workspace says it is doing; cleared by the next part. */
  status: Status | null;
  /** Set while the model's service is being asked again. */
  retrying: { attempt: number; max: number; status: number | null } | null;
  usage: UsageFigures | null;
  queuedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  outcome: Outcome | null;
}

export interface Transcript {
  /** Every event up to and including this one has been applied. */
  lastSeq: number;
  turns: Turn[];
  /** Events that came ahead of a missing one. */
  waiting: ReadonlyMap<number, StoredEvent>;
  /** True when live text has a hole: subscribing again brings the block from its start. */
  torn: boolean;
}

export const emptyTranscript: Transcript = { lastSeq: 0, turns: [], waiting: new Map(), torn: false };

/** Applies stored events in any order, any number of times. */
export function applyEvents(transcript: Transcript, events: readonly StoredEvent[]): Transcript {
  const waiting = new Map(transcript.waiting);
  for (const event of events) {
    if (event.seq > transcript.lastSeq) waiting.set(event.seq, event);
  }
  let { turns, lastSeq } = transcript;
  for (let next = waiting.get(lastSeq + 1); next; next = waiting.get(lastSeq + 1)) {
    turns = applyOne(turns, next);
    lastSeq = next.seq;
    waiting.delete(next.seq);
  }
  if (lastSeq === transcript.lastSeq && waiting.size === transcript.waiting.size) return transcript;
  return { ...transcript, turns, lastSeq, waiting };
}

/** True when a later event has arrived but one before it is missing. */
export function hasGap(transcript: Transcript): boolean {
  return transcript.waiting.size > 0;
}

/** Adds live text to its block, ignoring what is already there. */
export function applyDelta(transcript: Transcript, delta: Delta): Transcript {
  const turn = transcript.turns.find((candidate) => candidate.runId === delta.run_id);
  if (turn?.outcome) return transcript;
  const existing = turn?.parts.find((part) => part.type === "text" && part.block === delta.block);
  const before: TextPart =
    existing?.type === "text"
      ? existing
      : { type: "text", key: `text-${delta.block}`, block: delta.block, text: "", stored: false };
  const after = appendDelta(before, delta.offset, delta.text);
  if (after === "gap") return transcript.torn ? transcript : { ...transcript, torn: true };
  if (after === before) return transcript;
  const part: TextPart = { ...before, ...after };
  const turns = updateTurn(transcript.turns, delta.run_id, (current) => ({
    ...current,
    state: current.state === "queued" ? "running" : current.state,
    status: null,
    retrying: null,
    parts: putPart(current.parts, part),
  }));
  return { ...transcript, turns };
}

/** Called when the conversation is subscribed again: the hole is about to be filled. */
export function mended(transcript: Transcript): Transcript {
  return transcript.torn ? { ...transcript, torn: false } : transcript;
}

/** Shows an accepted message at once, before its stored event arrives. */
export function applyAccepted(
  transcript: Transcript,
  accepted: { runId: string; id: string; content: string; at: string },
): Transcript {
  const known = transcript.turns.find((turn) => turn.runId === accepted.runId);
  if (known?.prompt) return transcript;
  const turns = updateTurn(transcript.turns, accepted.runId, (turn) => ({
    ...turn,
    prompt: { id: accepted.id, content: accepted.content },
    queuedAt: turn.queuedAt ?? accepted.at,
  }));
  return { ...transcript, turns };
}

function applyOne(turns: Turn[], stored: StoredEvent): Turn[] {
  return updateTurn(turns, stored.run_id, (turn) => ({
    ...step(turn, stored.event, stored.at, stored.seq),
    stored: true,
  }));
}

function step(turn: Turn, event: RunEvent, at: string, seq: number): Turn {
  switch (event.kind) {
    case "message":
      return message(turn, event, at);
    case "queued":
      return { ...turn, queuedAt: turn.queuedAt ?? at };
    case "started":
      return { ...turn, state: "running", startedAt: turn.startedAt ?? at };
    case "status":
      return { ...turn, status: event.label, retrying: null };
    case "text": {
      const part: TextPart = {
        type: "text",
        key: `text-${event.block}`,
        block: event.block,
        text: event.text,
        stored: true,
      };
      return working(turn, part);
    }
    case "tool_use":
      return working(turn, {
        type: "tool",
        key: event.tool_use_id,
        id: event.tool_use_id,
        name: event.name,
        input: event.input,
        startedAt: at,
        endedAt: null,
        isError: false,
        output: null,
      });
    case "tool_result":
      return { ...turn, status: null, parts: endTool(turn.parts, event, at) };
    case "file":
      return {
        ...turn,
        parts: putFile(turn.parts, {
          type: "file",
          key: `file-${seq}`,
          path: event.path,
          size: event.size,
          mediaType: event.media_type,
          at,
        }),
      };
    case "usage":
      // After a restart the model is told again only with the next answer.
      return { ...turn, usage: { ...event, model: event.model ?? turn.usage?.model ?? null } };
    case "retrying":
      return {
        ...turn,
        retrying: { attempt: event.attempt, max: event.max_attempts, status: event.status },
        // The service starts the answer over: what was shown live and not stored is superseded.
        parts: turn.parts.filter((part) => part.type !== "text" || part.stored),
      };
    case "checked":
      return { ...turn, parts: putPart(turn.parts, { type: "checks", key: "checks", checks: event.checks }) };
    case "proposal": {
      const id = event.proposal_id;
      return { ...turn, parts: putPart(turn.parts, { type: "proposal", key: id, id }) };
    }
    case "finished":
      return finish(turn, event, at);
    default:
      // A kind this version does not know is counted but not shown.
      return turn;
  }
}

function message(turn: Turn, event: Extract<RunEvent, { kind: "message" }>, at: string): Turn {
  if (event.role === "user") {
    return { ...turn, prompt: { id: event.id, content: event.content }, queuedAt: turn.queuedAt ?? at };
  }
  // The answer as one message repeats its text blocks; it is shown only when there were none.
  if (turn.parts.some((part) => part.type === "text")) return turn;
  return working(turn, {
    type: "text",
    key: `message-${event.id}`,
    block: -1,
    text: event.content,
    stored: true,
  });
}

function working(turn: Turn, part: Part): Turn {
  return { ...turn, state: "running", status: null, retrying: null, parts: putPart(turn.parts, part) };
}

function finish(turn: Turn, event: Extract<RunEvent, { kind: "finished" }>, at: string): Turn {
  const last = turn.parts.at(-1);
  const parts = turn.parts.map((part) => {
    if (part.type !== "tool") return part;
    // What a stopped tool says of its end is not a failure of its own.
    const cut = event.state === "cancelled" && part === last && part.isError;
    if (cut) return { ...part, isError: false, output: null };
    return part.endedAt === null ? { ...part, endedAt: at } : part;
  });
  return {
    ...turn,
    parts,
    state: event.state,
    status: null,
    retrying: null,
    finishedAt: at,
    outcome: {
      state: event.state as FinalState,
      reason: event.reason,
      result: event.result,
      durationMs: event.duration_ms,
    },
  };
}

function endTool(parts: Part[], event: Extract<RunEvent, { kind: "tool_result" }>, at: string): Part[] {
  return parts.map((part) =>
    part.type === "tool" && part.id === event.tool_use_id
      ? { ...part, endedAt: at, isError: event.is_error, output: event.content }
      : part,
  );
}

function putPart(parts: Part[], part: Part): Part[] {
  const index = parts.findIndex((candidate) => candidate.type === part.type && candidate.key === part.key);
  return index < 0 ? [...parts, part] : parts.with(index, part);
}

/** A file that is written again in one run is one card, at its latest place. */
function putFile(parts: Part[], file: FilePart): Part[] {
  return [...parts.filter((part) => part.type !== "file" || part.path !== file.path), file];
}

function updateTurn(turns: Turn[], runId: string, change: (turn: Turn) => Turn): Turn[] {
  // The turn that changes is nearly always the last one.
  const index = turns.findLastIndex((turn) => turn.runId === runId);
  const turn = turns[index];
  if (turn) return turns.with(index, change(turn));
  const added = change(newTurn(runId));
  const place = added.stored ? turns.findLastIndex((other) => other.stored) + 1 : turns.length;
  return turns.toSpliced(place, 0, added);
}

function newTurn(runId: string): Turn {
  return {
    runId,
    stored: false,
    prompt: null,
    state: "queued",
    parts: [],
    status: null,
    retrying: null,
    usage: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    outcome: null,
  };
}

/** The turn that is being worked on, or else the first that waits. */
export function activeTurn(transcript: Transcript): Turn | null {
  const open = transcript.turns.filter((turn) => turn.outcome === null);
  return open.find((turn) => turn.state === "running") ?? open[0] ?? null;
}
