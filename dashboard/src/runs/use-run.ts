import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { isOpen, type Run, runEventsQuery, runQuery } from "~/api/runs";
import { useConversation } from "~/live/context";
import type { StoredEvent } from "~/live/protocol";
import { applyEvents, emptyTranscript, type Turn } from "~/live/transcript";

export interface WatchedRun {
  run: Run | undefined;
  /** What it did; text as it is written while it runs. */
  turn: Turn | null;
  /** Its log; undefined until it has come. */
  events: readonly StoredEvent[] | undefined;
  open: boolean;
  error: unknown;
  refetch(): void;
}

/** A run, live while it goes on: its conversation is followed as the chat does it, and the log grows with each event. */
export function useRun(id: string): WatchedRun {
  const run = useQuery(runQuery(id));
  const open = isOpen(run.data?.state);
  const events = useQuery(runEventsQuery(id, open));
  const live = useLiveTurn(run.data, open);
  const { refetch } = events;
  const seq = live?.seq;
  useEffect(() => {
    if (seq !== undefined) void refetch({ cancelRefetch: false });
  }, [seq, refetch]);
  const stored = useMemo(() => turnOf(events.data ?? []), [events.data]);
  return {
    run: run.data,
    turn: stored?.outcome ? stored : (live?.turn ?? stored),
    events: events.data,
    open,
    error: run.error ?? events.error,
    refetch: () => void run.refetch(),
  };
}

/** Follows the conversation from when the run was seen to go on, and to the end of the visit. */
function useLiveTurn(run: Run | undefined, open: boolean): { turn: Turn | null; seq: number } | null {
  const [followed, setFollowed] = useState<string | null>(null);
  const wanted = run && open ? run.conversation_id : null;
  useEffect(() => {
    if (wanted) setFollowed(wanted);
  }, [wanted]);
  const conversation = useConversation(followed);
  if (!conversation || conversation.loading === "missing" || !run) return null;
  const { turns, lastSeq } = conversation.transcript;
  return { turn: turns.find((turn) => turn.runId === run.id) ?? null, seq: lastSeq };
}

/** A run's events carry the conversation's numbers; counted from one they are a conversation of one turn. */
export function turnOf(events: readonly StoredEvent[]): Turn | null {
  const counted = events.map((event, index) => ({ ...event, seq: index + 1 }));
  return applyEvents(emptyTranscript, counted).turns[0] ?? null;
}
