import type { TFunction } from "i18next";
import { BellRing, CalendarX2, CirclePause, type LucideIcon, MessageSquareText } from "lucide-react";
import type { Notification, NotificationKind } from "~/api/notifications";
import { STATE_LOOK } from "~/ui/state";

interface Look {
  icon: LucideIcon;
  tone: string;
}

/** A run's end looks as it does everywhere else. */
const LOOK: Readonly<Record<NotificationKind, Look>> = {
  run_failed: STATE_LOOK.failed,
  run_unproved: STATE_LOOK.unproved,
  run_succeeded: STATE_LOOK.succeeded,
  budget_stopped: STATE_LOOK.budget_stopped,
  needs_you: STATE_LOOK.needs_you,
  schedule_paused: { icon: CirclePause, tone: "text-warn" },
  slot_missed: { icon: CalendarX2, tone: "text-warn" },
  from_agent: { icon: MessageSquareText, tone: "text-accent" },
  test: { icon: BellRing, tone: "text-muted" },
};

const PLAIN: Look = { icon: BellRing, tone: "text-muted" };

/** A kind that this page does not know is told plainly. */
export const notificationLook = (kind: NotificationKind): Look => LOOK[kind] ?? PLAIN;

export function notificationTitle(t: TFunction, told: Notification): string {
  const name = told.agent_name ?? t("notifications.someAgent");
  const kind = Object.hasOwn(LOOK, told.kind) ? told.kind : "from_agent";
  return t(`notifications.kind.${kind}`, { name });
}
