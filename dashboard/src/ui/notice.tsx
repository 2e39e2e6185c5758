import { type Query, useIsFetching, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Info, RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isAway } from "~/api/client";
import { errorText, waitingText } from "~/api/words";
import { Button } from "./button";

const TONES = {
  info: { box: "bg-sunken border-line", icon: <Info className="text-muted" /> },
  warn: { box: "bg-warn-soft border-transparent", icon: <TriangleAlert className="text-warn" /> },
  bad: { box: "bg-bad-soft border-transparent", icon: <CircleAlert className="text-bad" /> },
} as const;

/** Something to know, in the flow: an icon, a sentence or three, and a button when there is something to do. */
export function Notice({
  tone,
  children,
  action,
}: {
  tone: keyof typeof TONES;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div
      className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border px-3.5 py-2.5 [&_svg]:size-4.5 [&_svg]:shrink-0 ${TONES[tone].box}`}
    >
      <div className="flex min-w-0 flex-1 basis-64 items-start gap-2.5 [&>svg]:mt-0.5">
        {TONES[tone].icon}
        <div className="min-w-0">{children}</div>
      </div>
      {action}
    </div>
  );
}

/**
 * What went wrong with a request: what happened, what it means, what to do, and a reference for support. `onRetry` is there for
 * what was fetched; of that, what passes is asked for again by itself.
 */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  if (isAway(error) && onRetry) return <AwayNotice error={error} onRetry={onRetry} />;
  const code = error instanceof ApiError ? error.code : "page";
  return (
    <div role="alert">
      <Notice
        tone="bad"
        action={
          onRetry && (
            <Button size="sm" onClick={onRetry}>
              {t("common.retry")}
            </Button>
          )
        }
      >
        {errorText(t, error)}{" "}
        <span className="text-[0.8125rem] text-muted">{t("common.reference", { code })}</span>
      </Notice>
    </div>
  );
}

/** Nobody can answer for now: calmer, since it passes, and one button for everything on the screen that waits. */
function AwayNotice({ error, onRetry }: { error: ApiError; onRetry(): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const trying = useIsFetching(WAITING) > 0;
  const tryNow = () => {
    onRetry();
    void queries.refetchQueries({ type: "active", ...WAITING }, { cancelRefetch: false });
  };
  return (
    <div role="alert">
      <Notice
        tone="warn"
        action={
          <Button size="sm" onClick={tryNow}>
            <RotateCw aria-hidden className={trying ? "spinning" : ""} /> {t("common.tryNow")}
          </Button>
        }
      >
        {waitingText(t, error)}{" "}
        <span className="text-[0.8125rem] text-muted">{t("common.reference", { code: error.code })}</span>
      </Notice>
    </div>
  );
}

const WAITING = { predicate: ({ state }: Query) => isAway(state.error) };
