import {
  Ban,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CircleQuestionMark,
  CircleSlash,
  CircleX,
  type Clock,
  LoaderCircle,
  MessageCircleQuestionMark,
  TimerOff,
  TriangleAlert,
  Unplug,
  Wallet,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RunState } from "~/live/protocol";

/** A state as people see it: of a run, or of a time in a schedule. */
export type ShownState = RunState | "needs_you" | "unproved" | "scheduled" | "skipped" | "missed";

export const STATE_LOOK: Record<ShownState, { icon: typeof Clock; tone: string; spin?: boolean }> = {
  queued: { icon: CircleDashed, tone: "text-muted" },
  running: { icon: LoaderCircle, tone: "text-accent", spin: true },
  succeeded: { icon: CircleCheck, tone: "text-ok" },
  failed: { icon: CircleX, tone: "text-bad" },
  cancelled: { icon: Ban, tone: "text-muted" },
  timed_out: { icon: TimerOff, tone: "text-bad" },
  budget_stopped: { icon: Wallet, tone: "text-warn" },
  interrupted: { icon: Unplug, tone: "text-warn" },
  needs_you: { icon: MessageCircleQuestionMark, tone: "text-warn" },
  unproved: { icon: CircleQuestionMark, tone: "text-warn" },
  scheduled: { icon: CalendarClock, tone: "text-muted" },
  skipped: { icon: CircleSlash, tone: "text-muted" },
  missed: { icon: TriangleAlert, tone: "text-warn" },
};

/** What a run is shown as: a question and a definition of done that was not met are states of their own. */
export function shownState(run: {
  state: RunState;
  proved?: boolean | null | undefined;
  reason?: string | null | undefined;
}): ShownState {
  if (run.state === "failed" && run.reason === "needs_you") return "needs_you";
  if (run.state === "succeeded" && run.proved === false) return "unproved";
  return run.state;
}

/** A state is never told by colour alone: icon and word. */
export function StateLabel({ state }: { state: ShownState }) {
  const { t } = useTranslation();
  const { icon: Icon, tone, spin } = STATE_LOOK[state];
  return (
    <span className={`inline-flex items-center gap-1.5 align-middle whitespace-nowrap ${tone}`}>
      <Icon aria-hidden className={`size-4 shrink-0 ${spin ? "spinning" : ""}`} />
      <span>{t(`state.${state}`)}</span>
    </span>
  );
}
