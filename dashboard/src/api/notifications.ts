import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Reason } from "~/live/protocol";
import { read, send } from "./client";

export type NotificationKind =
  | "run_failed"
  | "run_unproved"
  | "run_succeeded"
  | "budget_stopped"
  | "needs_you"
  | "schedule_paused"
  | "slot_missed"
  | "from_agent"
  | "test";

/** Something the user is told without having asked. */
export interface Notification {
  id: string;
  kind: NotificationKind;
  agent_id: string | null;
  agent_name: string | null;
  run_id: string | null;
  reason: Reason | null;
  /** The question, the first of the result, the agent's words. */
  detail: string;
  at: string;
  read_at: string | null;
}

export interface NotificationPage {
  items: Notification[];
  next: string | null;
  /** How many there are in all that were not read. */
  unread: number;
}

export type Channel = "email" | "webhook";

export interface NotificationSettings {
  email: string | null;
  webhook: string | null;
  webhook_secret_set: boolean;
}

/** What is stored from now on; without `webhook_secret` the stored one stays. */
export interface NotificationSettingsChange {
  email: string | null;
  webhook: string | null;
  webhook_secret?: string;
}

/** One notification on one way. */
export interface Delivery {
  id: string;
  notification_id: string;
  channel: Channel;
  target: string;
  state: "pending" | "delivered" | "gave_up";
  attempts: number;
  next_attempt_at: string | null;
  /** What the last attempt met: `HTTP 200`, the mail server's words. */
  last_outcome: string | null;
  created_at: string;
  updated_at: string;
}

const EVERY_MS = 15_000;

const address = (path: string, limit: number, cursor: string | null) =>
  `${path}?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;

/** The newest few, for the bell. */
export const recentNotificationsQuery = queryOptions({
  queryKey: ["notifications", "recent"],
  queryFn: () => read<NotificationPage>("/api/notifications?limit=12"),
  refetchInterval: EVERY_MS,
});

export const notificationsQuery = (unreadOnly: boolean) =>
  infiniteQueryOptions({
    queryKey: ["notifications", "list", unreadOnly],
    queryFn: ({ pageParam }) =>
      read<NotificationPage>(
        `${address("/api/notifications", 50, pageParam)}${unreadOnly ? "&unread=true" : ""}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: EVERY_MS,
  });

/** Marks those read that are not newer than `until`: what came meanwhile stays unread. */
export const markAllRead = (until: string) => send<unknown>("POST", "/api/notifications/read", { until });

export const markRead = (id: string) =>
  send<unknown>("POST", `/api/notifications/${encodeURIComponent(id)}/read`);

export const notificationSettingsQuery = queryOptions({
  queryKey: ["notifications", "settings"],
  queryFn: () => read<NotificationSettings>("/api/notifications/settings"),
});

export const putNotificationSettings = (change: NotificationSettingsChange) =>
  send<unknown>("PUT", "/api/notifications/settings", change);

export const sendTest = (channel: Channel) => send<Delivery>("POST", "/api/notifications/test", { channel });

/** What is under way is asked for often: someone waits for the outcome of a test. */
export const deliveriesQuery = infiniteQueryOptions({
  queryKey: ["notifications", "deliveries"],
  queryFn: ({ pageParam }) =>
    read<{ items: Delivery[]; next: string | null }>(address("/api/notifications/deliveries", 10, pageParam)),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: (query) =>
    query.state.data?.pages.some((page) => page.items.some(({ state }) => state === "pending"))
      ? 2_000
      : EVERY_MS,
});
