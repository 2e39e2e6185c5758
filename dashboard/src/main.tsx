import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { startLanguage } from "./i18n";
import { makeRouter } from "./router";
import { toasts } from "./ui/toast-store";
import "./styles.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused once it refuses again; only what may pass is tried again.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
  queryCache: new QueryCache({
    onError(error, query) {
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== "profile")
        void queries.invalidateQueries({ queryKey: ["profile"] });
    },
  }),
});

// Nothing is to be told before something was done, so this is fetched with the first notice.
const Toasts = lazy(() => import("./ui/toast").then((module) => ({ default: module.Toasts })));

function Notices() {
  const any = useSyncExternalStore(toasts.subscribe, () => toasts.items().length > 0);
  return (
    any && (
      <Suspense>
        <Toasts />
      </Suspense>
    )
  );
}

const router = makeRouter();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await startLanguage();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <Notices />
    </QueryClientProvider>
  </StrictMode>,
);
