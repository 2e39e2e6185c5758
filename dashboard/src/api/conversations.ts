import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { ApiError, answer, type Conversation, client, request } from "./client";

const PAGE = 500;

export const conversationsQuery = infiniteQueryOptions({
  queryKey: ["conversations", "list"],
  queryFn: ({ pageParam }) =>
    answer(
      client.GET("/api/conversations", {
        params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ["conversations", id],
    queryFn: () => answer(client.GET("/api/conversations/{id}", { params: { path: { id } } })),
  });

/** A page of stored events after a sequence number; null when there is no such conversation. */
export async function history(id: string, after: number) {
  try {
    const page = await answer(
      client.GET("/api/conversations/{id}/events", {
        params: { path: { id }, query: { after, limit: PAGE } },
      }),
    );
    return { items: page.items, more: page.next !== null };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export async function renameConversation(id: string, title: string): Promise<void> {
  await answer(client.PATCH("/api/conversations/{id}", { params: { path: { id } }, body: { title } }));
}

/** `keepalive`: it may be the last thing a page does. */
export async function deleteConversation(id: string): Promise<void> {
  await request(`/api/conversations/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
}

type Pages = InfiniteData<{ items: Conversation[]; next: string | null }, string | null>;

/** Shows a new title in the list before the server has answered. */
export function titleInCache(queries: QueryClient, id: string, title: string): void {
  queries.setQueryData<Pages>(conversationsQuery.queryKey, (data) =>
    data
      ? {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            items: page.items.map((item) => (item.id === id ? { ...item, title } : item)),
          })),
        }
      : data,
  );
}
