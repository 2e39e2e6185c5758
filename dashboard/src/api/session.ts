import { queryOptions } from "@tanstack/react-query";
import { answer, client, request } from "./client";

export const profileQuery = queryOptions({
  queryKey: ["profile"],
  queryFn: () => answer(client.GET("/api/user/profile")),
  staleTime: 60_000,
  retry: false,
});

export const workspaceQuery = queryOptions({
  queryKey: ["workspace"],
  queryFn: () => answer(client.GET("/api/workspace")),
  refetchInterval: 5_000,
});

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => answer(client.GET("/api/settings")),
});

/** How one signs in here; told to everybody. */
export const methodsQuery = queryOptions({
  queryKey: ["sign-in-methods"],
  queryFn: () => answer(client.GET("/api/auth/methods")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Hands in what Google gave along; the session is then in a cookie. */
export async function finishGoogle(credential: string): Promise<void> {
  await answer(client.POST("/api/auth/google", { body: { credential } }));
}

export async function signOut(): Promise<void> {
  await request("/api/auth/logout", { method: "POST" });
}

export async function storeModelKey(key: string): Promise<void> {
  await answer(client.PUT("/api/settings/model-key", { body: { key } }));
}

export async function removeModelKey(): Promise<void> {
  await answer(client.DELETE("/api/settings/model-key"));
}

export async function setDemo(enabled: boolean): Promise<void> {
  await answer(client.PUT("/api/settings/demo", { body: { enabled } }));
}

/** Stores what the newcomer said; what is empty is left out. After it, the first visit is over. */
export async function saveOnboarding(language: string, timeZone: string, occupation: string): Promise<void> {
  const body = { language, time_zone: timeZone, ...(occupation ? { occupation } : {}) };
  await answer(client.POST("/api/user/onboarding", { body }));
}
