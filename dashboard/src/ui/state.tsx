import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  type Clock,
  LoaderCircle,
  TimerOff,
  Unplug,
  Wallet,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RunState } from "~/live/protocol";

const LOOK: Record<RunState, { icon: typeof Clock; tone: string; spin?: boolean }> = {
  queued: { icon: CircleDashed, tone: "text-muted" },
  running: { icon: LoaderCircle, tone: "text-accent", spin: true },
  succeeded: { icon: CircleCheck, tone: "text-ok" },
  failed: { icon: CircleX, tone: "text-bad" },
  cancelled: { icon: Ban, tone: "text-muted" },
  timed_out: { icon: TimerOff, tone: "text-bad" },
  budget_stopped: { icon: Wallet, tone: "text-warn" },
  interrupted: { icon: Unplug, tone: "text-warn" },
};

/** A state is never told by colour alone: icon and word. */
export function StateLabel({ state }: { state: RunState }) {
  const { t } = useTranslation();
  const { icon: Icon, tone, spin } = LOOK[state];
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${tone}`}>
      <Icon aria-hidden className={`size-4 shrink-0 ${spin ? "spinning" : ""}`} />
      <span>{t(`state.${state}`)}</span>
    </span>
  );
}
