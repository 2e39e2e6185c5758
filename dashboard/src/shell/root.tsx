import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/client";
import { profileQuery } from "~/api/session";
import { useNarrow, useShortcut, useStored } from "~/lib/hooks";
import { LiveProvider } from "~/live/context";
import { ErrorNotice } from "~/ui/notice";
import { useGoKeys } from "./go-keys";
import { BottomBar, Rail } from "./nav";
import { startOver } from "./start-over";
import { TopBar } from "./top-bar";

const KeyboardHelp = lazy(() =>
  import("./keyboard-help").then((module) => ({ default: module.KeyboardHelp })),
);

const Palette = lazy(() => import("~/search/palette").then((module) => ({ default: module.Palette })));

const Onboarding = lazy(() =>
  import("~/onboarding/onboarding").then((module) => ({ default: module.Onboarding })),
);

const SignedOut = lazy(() => import("./signed-out").then((module) => ({ default: module.SignedOut })));

const SessionEnded = lazy(() => import("./signed-out").then((module) => ({ default: module.SessionEnded })));

/** Begins anew when the page of one person is suddenly another's: nothing of the first may stay on it. */
function useOnePerson(id: string | undefined): void {
  const first = useRef<string>(undefined);
  useEffect(() => {
    if (first.current && id && first.current !== id) startOver();
    first.current ??= id;
  }, [id]);
}

/** Decides between the calm sign-in page and the app. */
export function Root() {
  const { t } = useTranslation();
  const profile = useQuery(profileQuery);
  // Someone who is signed in stays so while the server is away; only a clear refusal ends it.
  const refused = profile.error instanceof ApiError && profile.error.status === 401;
  useOnePerson(profile.data?.id);
  const check = { checking: profile.isFetching, onCheck: () => void profile.refetch() };
  if (refused && !profile.data) {
    return (
      <Suspense>
        <SignedOut check={check} />
      </Suspense>
    );
  }
  if (profile.data) {
    return (
      <LiveProvider>
        {profile.data.onboarding.completed_at === null ? (
          <Suspense>
            <Onboarding />
          </Suspense>
        ) : (
          <Frame name={profile.data.name} />
        )}
        {refused && (
          <Suspense>
            <SessionEnded {...check} />
          </Suspense>
        )}
      </LiveProvider>
    );
  }
  if (profile.isError) {
    return (
      <main className="grid h-full place-items-center p-6">
        <div className="max-w-lg">
          <ErrorNotice error={profile.error} onRetry={() => void profile.refetch()} />
        </div>
      </main>
    );
  }
  return (
    <main className="grid h-full place-items-center text-muted" aria-busy>
      <span className="sr-only">{t("common.loading")}</span>
    </main>
  );
}

function Frame({ name }: { name: string }) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const [folded, setFolded] = useStored("berth.rail", "auto");
  const navigate = useNavigate();
  const [over, setOver] = useState<"help" | "search" | null>(null);
  useShortcut("?", () => setOver("help"));
  useShortcut("/", () => setOver("search"));
  useShortcut("n", () => void navigate({ to: "/chat" }));
  useGoKeys();
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#content"
        className="absolute top-2 left-2 z-50 -translate-y-16 rounded-lg bg-accent px-3 py-1.5 text-on-accent focus:translate-y-0"
      >
        {t("app.skip")}
      </a>
      {!narrow && <Rail folded={folded} onFold={setFolded} />}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <TopBar name={name} onHelp={() => setOver("help")} onSearch={() => setOver("search")} />
        <main id="content" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
          <Outlet />
        </main>
      </div>
      {narrow && <BottomBar />}
      <Suspense>
        {over === "help" && <KeyboardHelp onClose={() => setOver(null)} />}
        {over === "search" && <Palette onClose={() => setOver(null)} />}
      </Suspense>
    </div>
  );
}
