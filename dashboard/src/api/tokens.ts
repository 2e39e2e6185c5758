import { queryOptions } from "@tanstack/react-query";
import { answer, client, type Schemas } from "./client";

export type ApiToken = Schemas["ApiToken"];
/** With the token's text, which no other answer holds. */
export type NewApiToken = Schemas["NewApiToken"];

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => (await answer(client.GET("/api/tokens"))).items,
});

export const makeToken = (name: string, days: number): Promise<NewApiToken> =>
  answer(client.POST("/api/tokens", { body: { name, expires_in_days: days } }));

export async function revokeToken(id: string): Promise<void> {
  await answer(client.DELETE("/api/tokens/{id}", { params: { path: { id } } }));
}
