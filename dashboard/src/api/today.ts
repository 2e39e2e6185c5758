import { queryOptions } from "@tanstack/react-query";
import { read, send } from "./client";
import type { Proposal } from "./proposals";
import type { Run } from "./runs";
import type { Slot } from "./schedules";

export type TodayKind = "run" | "proposal" | "schedule_paused" | "slot_missed" | "onboarding";

/** One thing to look at. */
export interface TodayItem {
  kind: TodayKind;
  at: string;
  agent_id: string | null;
  agent_name: string | null;
  run: Run | null;
  proposal: Proposal | null;
  slot: Slot | null;
  /** The first line of the run's result. */
  headline: string | null;
  /** A picture the run made, as a path in the workspace. */
  image: string | null;
}

/** A run that is planned. */
export interface NextRun {
  agent_id: string;
  agent_name: string;
  at: string;
  expected_cost_usd: number | null;
}

export interface Today {
  needs_you: TodayItem[];
  failed: TodayItem[];
  finished: TodayItem[];
  next: NextRun[];
  /** What ended before then was seen. */
  seen_at: string | null;
}

/** Runs start by themselves, and no event tells of them: what is shown is asked for again. */
const EVERY_MS = 10_000;

export const todayQuery = queryOptions({
  queryKey: ["today"],
  queryFn: () => read<Today>("/api/today"),
  refetchInterval: EVERY_MS,
});

export const markSeen = () => send<unknown>("POST", "/api/today/seen");
