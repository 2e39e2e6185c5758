import { QueryCache, QueryClient } from "@tanstack/react-query";
import { backoffMs } from "~/lib/backoff";
import { ApiError, isAway } from "./client";
import { Patience } from "./patience";

/** How everything that a screen shows is fetched: queries ask and change nothing, so that they may be asked again by themselves. */
export function makeQueries(): QueryClient {
  const cache = new QueryCache({
    onError(error, query) {
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== "profile")
        void queries.invalidateQueries({ queryKey: ["profile"] });
    },
  });
  const patience = new Patience(cache);
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // A server on this machine needs no network; whether it can be reached is best seen by asking it.
        networkMode: "always",
        refetchOnReconnect: true,
        // What the server refused once it refuses again; only what may pass is tried again.
        retry: (count, error) => {
          if (isAway(error)) return count === 0 && !patience.needed;
          return count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500);
        },
        retryDelay: (count) => backoffMs(count + 1, Math.random()),
      },
    },
    queryCache: cache,
  });
  return queries;
}
