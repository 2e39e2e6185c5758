import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { useTranslation } from "react-i18next";
import { makeQueries } from "./api/queries";
import { startLanguage } from "./i18n";
import { makeRouter } from "./router";
import { finish, takeAnswer } from "./shell/way-back";
import { toasts } from "./ui/toast-store";
import "./styles.css";

const queries = makeQueries();

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

const WayBack = lazy(() => import("./shell/way-back-page").then((module) => ({ default: module.WayBack })));

// Before the router looks at the address.
const answer = takeAnswer();
const finished = answer === null ? null : finish(answer);
const router = makeRouter();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await startLanguage();

function App() {
  const { t } = useTranslation();
  const app = <RouterProvider router={router} />;
  if (finished === null) return app;
  const waiting = (
    <main className="grid h-full place-items-center text-muted" aria-busy>
      {t("signIn.working")}
    </main>
  );
  return (
    <Suspense fallback={waiting}>
      <WayBack finished={finished}>{app}</WayBack>
    </Suspense>
  );
}

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
      <Notices />
    </QueryClientProvider>
  </StrictMode>,
);
