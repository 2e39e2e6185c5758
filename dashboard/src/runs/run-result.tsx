import { Link } from "@tanstack/react-router";
import { Download, LoaderCircle, MessageCircleQuestionMark } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Run, zipUrl } from "~/api/runs";
import { FileCard, Markdown } from "~/chat/lazy-parts";
import { outcomeWords } from "~/chat/outcome-words";
import { turnStatus } from "~/chat/turn-status";
import { fileKind } from "~/files/kinds";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import type { FilePart, Turn } from "~/live/transcript";
import { buttonClass } from "~/ui/button";
import { Notice } from "~/ui/notice";
import { shownState } from "~/ui/state";
import { resultText } from "./result-text";

/** What came of a run: how it ended where that needs words, what it wrote, and beside it what it made. */
export function RunResult({ run, turn, open }: { run: Run; turn: Turn | null; open: boolean }) {
  const { t } = useTranslation();
  const text = resultText(run, turn);
  const files = filesOf(turn);
  const asks = shownState(run) === "needs_you";
  return (
    <div
      className={files.length > 0 ? "grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]" : ""}
    >
      <section aria-label={t("runs.result")} className="min-w-0 max-w-[46rem]">
        <Ending run={run} />
        {asks ? (
          <Question run={run} text={text} />
        ) : text ? (
          <Markdown source={text} />
        ) : (
          <p className="text-muted">{open ? t("runs.stillNoResult") : t("runs.noResult")}</p>
        )}
        {open && turn && <Doing turn={turn} />}
      </section>
      {files.length > 0 && (
        <section aria-label={t("runs.files")} className="min-w-0">
          <div className="mb-2 flex items-center justify-between gap-3">
            <h2 className="font-semibold text-[0.9375rem]">{t("runs.files")}</h2>
            <a href={zipUrl(run.id)} download className={buttonClass("plain", "sm")}>
              <Download aria-hidden /> {t("runs.downloadAll")}
            </a>
          </div>
          <div className="space-y-3">
            {files.map((file) => (
              <FileCard key={file.key} file={file} />
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

const ORDER = { image: 0, table: 1, sheet: 1, pdf: 2, text: 3, other: 3 } as const;

/** Charts first: they are what one looks at. */
function filesOf(turn: Turn | null): FilePart[] {
  const files = turn?.parts.filter((part) => part.type === "file") ?? [];
  return files.toSorted((a, b) => ORDER[fileKind(a.path)] - ORDER[fileKind(b.path)]);
}

/** How it ended, where the result alone does not say it. */
function Ending({ run }: { run: Run }) {
  const { t } = useTranslation();
  const state = shownState(run);
  if (state === "unproved") {
    return (
      <div className="mb-5">
        <Notice tone="warn">{t("runs.unproved")}</Notice>
      </div>
    );
  }
  if (state === "queued" || state === "running" || state === "succeeded" || state === "needs_you")
    return null;
  const words = outcomeWords(t, {
    state: run.state as Exclude<Run["state"], "queued" | "running">,
    reason: run.reason,
    result: null,
    durationMs: 0,
  });
  if (!words) return null;
  const tone = state === "cancelled" ? "info" : state === "failed" || state === "timed_out" ? "bad" : "warn";
  return (
    <div className="mb-5">
      <Notice
        tone={tone}
        action={
          words.inSettings && (
            <Link to="/settings" className={buttonClass("primary", "sm")}>
              {t("nav.settings")}
            </Link>
          )
        }
      >
        {words.text}
        {words.code && (
          <span className="text-[0.8125rem] text-muted"> {t("common.reference", { code: words.code })}</span>
        )}
      </Notice>
    </div>
  );
}

/** What only a person can answer, and where. */
function Question({ run, text }: { run: Run; text: string | null }) {
  const { t } = useTranslation();
  return (
    <div className="rounded-2xl border border-line bg-raised">
      <div className="flex items-start gap-3 p-4">
        <MessageCircleQuestionMark aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
        <div className="min-w-0 flex-1">
          <h2 className="mb-1 font-semibold text-[0.9375rem]">{t("runs.question")}</h2>
          {text && <Markdown source={text} />}
        </div>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3 border-line border-t px-4 py-3">
        <p className="min-w-0 flex-1 basis-60 text-[0.875rem] text-muted">
          {run.agent_id ? t("runs.questionAgent") : t("runs.questionChat")}
        </p>
        {run.agent_id ? (
          <Link to="/agents/$id/edit" params={{ id: run.agent_id }} className={buttonClass("primary", "sm")}>
            {t("runs.editAgent")}
          </Link>
        ) : (
          <Link to="/chat/$id" params={{ id: run.conversation_id }} className={buttonClass("primary", "sm")}>
            {t("runs.openChat")}
          </Link>
        )}
      </div>
    </div>
  );
}

function Doing({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const format = useFormat();
  const waits = turn.state === "queued";
  const now = useNow(200, !waits);
  const since = Date.parse(turn.startedAt ?? "");
  return (
    <p role="status" className="mt-4 flex items-center gap-2.5 text-[0.875rem] text-muted">
      <LoaderCircle aria-hidden className={`size-4 shrink-0 ${waits ? "" : "spinning text-accent"}`} />
      {waits ? t("runs.waiting") : turnStatus(t, turn, false)}
      {!waits && Number.isFinite(since) && (
        <span aria-live="off" className="figures text-[0.8125rem]">
          {format.duration(now - since)}
        </span>
      )}
    </p>
  );
}
