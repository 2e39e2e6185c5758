import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, client, type Schemas } from "./client";

/** Something the user is told without having asked. */
export type Notification = Schemas["Notification"];
export type NotificationKind = Notification["kind"];
export type NotificationSettings = Schemas["NotificationSettings"];
/** What is stored from now on; without `webhook_secret` the stored one stays. */
export type NotificationSettingsChange = Schemas["NotificationSettingsRequest"];
/** One notification on one way. */
export type Delivery = Schemas["Delivery"];
export type Channel = Schemas["Channel"];

const EVERY_MS = 15_000;
/** For who waits for the outcome of what was just sent. */
const SOON_MS = 2_000;

const after = (cursor: string | null) => (cursor ? { cursor } : {});

/** The newest few, for the bell. */
export const recentNotificationsQuery = queryOptions({
  queryKey: ["notifications", "recent"],
  queryFn: () => answer(client.GET("/api/notifications", { params: { query: { limit: 12 } } })),
  refetchInterval: EVERY_MS,
});

export const notificationsQuery = (unreadOnly: boolean) =>
  infiniteQueryOptions({
    queryKey: ["notifications", "list", unreadOnly],
    queryFn: ({ pageParam }) =>
      answer(
        client.GET("/api/notifications", {
          params: { query: { limit: 50, unread: unreadOnly, ...after(pageParam) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: EVERY_MS,
  });

/** Marks those read that are not newer than `until`: what came meanwhile stays unread. */
export const markAllRead = (until: string) =>
  answer(client.POST("/api/notifications/read", { body: { until } }));

export const markRead = (id: string) =>
  answer(client.POST("/api/notifications/{id}/read", { params: { path: { id } } }));

export const notificationSettingsQuery = queryOptions({
  queryKey: ["notifications", "settings"],
  queryFn: () => answer(client.GET("/api/notifications/settings")),
});

export const putNotificationSettings = (change: NotificationSettingsChange) =>
  answer(client.PUT("/api/notifications/settings", { body: change }));

export const sendTest = (channel: Channel) =>
  answer(client.POST("/api/notifications/test", { body: { channel } }));

export const deliveriesQuery = infiniteQueryOptions({
  queryKey: ["notifications", "deliveries"],
  queryFn: ({ pageParam }) =>
    answer(
      client.GET("/api/notifications/deliveries", {
        params: { query: { limit: 10, ...after(pageParam) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: ({ state }) => {
    const under = state.data?.pages.some(({ items }) => items.some((one) => one.state === "pending"));
    return under ? SOON_MS : EVERY_MS;
  },
});
