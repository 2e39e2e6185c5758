import { type Query, useIsFetching, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Info, RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isAway } from "~/api/client";
import { errorText, waitingText } from "~/api/words";
import { Button, IconButton } from "./button";

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

interface ErrorProps {
  error: unknown;
  /** For what was fetched; of that, what passes is asked for again by itself. */
  onRetry?: (() => void) | undefined;
  /** One of several parts of a screen, which has said the same already. */
  part?: boolean;
}

/** What went wrong with a request: what happened, what it means, what to do, and a reference for support. */
export function ErrorNotice({ error, onRetry, part = false }: ErrorProps) {
  const { t } = useTranslation();
  if (isAway(error) && onRetry) return <AwayNotice error={error} onRetry={onRetry} part={part} />;
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
        {errorText(t, error)} <Reference code={code} />
      </Notice>
    </div>
  );
}

/** Nobody can answer for now: calmer, since it passes. Its button is for everything on the screen that waits. */
function AwayNotice({ error, onRetry, part }: { error: ApiError; onRetry(): void; part: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const trying = useIsFetching(WAITING) > 0;
  const icon = <RotateCw aria-hidden className={trying ? "spinning" : ""} />;
  const tryNow = () => {
    onRetry();
    void queries.refetchQueries({ type: "active", ...WAITING }, { cancelRefetch: false });
  };
  if (part) {
    return (
      <div role="status" className="flex items-center justify-between gap-2 text-[0.875rem] text-muted">
        {t("error.partWaits")}
        <IconButton label={t("common.tryNow")} onClick={tryNow}>
          {icon}
        </IconButton>
      </div>
    );
  }
  return (
    <div role="alert">
      <Notice
        tone="warn"
        action={
          <Button size="sm" onClick={tryNow}>
            {icon} {t("common.tryNow")}
          </Button>
        }
      >
        {waitingText(t, error)} <Reference code={error.code} />
      </Notice>
    </div>
  );
}

const WAITING = { predicate: ({ state }: Query) => isAway(state.error) };

function Reference({ code }: { code: string }) {
  const { t } = useTranslation();
  return <span className="text-[0.8125rem] text-muted">{t("common.reference", { code })}</span>;
}
