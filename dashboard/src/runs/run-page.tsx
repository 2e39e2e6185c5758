import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft, Ban, MessageSquareText, RotateCcw } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { cancelRun, isOpen, retryRun, runEventsQuery, runQuery } from "~/api/runs";
import { errorText } from "~/api/words";
import { FileCard, Markdown, ToolLine } from "~/chat/lazy-parts";
import { outcomeWords } from "~/chat/outcome-words";
import { useFormat } from "~/lib/format";
import type { StoredEvent } from "~/live/protocol";
import { applyEvents, emptyTranscript, type Turn } from "~/live/transcript";
import { Button, buttonClass } from "~/ui/button";
import { ErrorNotice, Notice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { StateLabel } from "~/ui/state";
import { toasts } from "~/ui/toast-store";
import { RunLog } from "./run-log";

/** One run: what came of it first, then how it got there. */
export function RunPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const { id } = useParams({ from: "/runs/$id" });
  const run = useQuery(runQuery(id));
  const open = isOpen(run.data?.state);
  const events = useQuery(runEventsQuery(id, open));
  const turn = useMemo(() => turnOf(events.data ?? []), [events.data]);

  const act = async (action: (id: string) => Promise<void>) => {
    try {
      await action(id);
      await queries.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  const error = run.error ?? events.error;
  return (
    <Page
      title={
        <span className="flex items-center gap-3">
          <Link
            to="/runs"
            className={buttonClass("quiet", "icon")}
            aria-label={t("runs.back")}
            title={t("runs.back")}
          >
            <ArrowLeft />
          </Link>
          {t("runs.detail")}
          {run.data && (
            <span className="font-normal text-[0.875rem] tracking-normal">
              <StateLabel state={run.data.state} />
            </span>
          )}
        </span>
      }
      actions={
        run.data && (
          <>
            {open ? (
              <Button onClick={() => void act(cancelRun)}>
                <Ban aria-hidden /> {t("runs.stop")}
              </Button>
            ) : (
              <Button onClick={() => void act(retryRun)}>
                <RotateCcw aria-hidden /> {t("outcome.again")}
              </Button>
            )}
            <Link to="/chat/$id" params={{ id: run.data.conversation_id }} className={buttonClass("primary")}>
              <MessageSquareText aria-hidden /> {t("runs.openChat")}
            </Link>
          </>
        )
      }
    >
      {error && <ErrorNotice error={error} onRetry={() => void run.refetch()} />}
      {run.data && (
        <p className="figures mb-5 flex flex-wrap gap-x-4 gap-y-1 text-[0.875rem] text-muted">
          <time dateTime={run.data.queued_at}>{format.full(run.data.queued_at)}</time>
          <span>{t(`runs.triggers.${run.data.trigger}`)}</span>
          {run.data.attempt > 1 && <span>{t("runs.try", { attempt: run.data.attempt })}</span>}
          {turn?.outcome?.durationMs != null && <span>{format.duration(turn.outcome.durationMs)}</span>}
          <span>{format.money(run.data.usage.cost_usd)}</span>
        </p>
      )}
      {turn && <Result turn={turn} />}
      {events.data && <RunLog events={events.data} />}
    </Page>
  );
}

function Result({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const words = turn.outcome && outcomeWords(t, turn.outcome);
  const files = turn.parts.filter((part) => part.type === "file");
  const tools = turn.parts.filter((part) => part.type === "tool");
  const lastText = turn.parts.findLast((part) => part.type === "text");
  const result = turn.outcome?.result ?? (lastText?.type === "text" ? lastText.text : null);
  return (
    <>
      {words && (
        <div className="mb-5">
          <Notice tone={turn.outcome?.state === "failed" ? "bad" : "warn"}>{words.text}</Notice>
        </div>
      )}
      <div className={files.length > 0 ? "grid gap-6 lg:grid-cols-2" : ""}>
        <section aria-label={t("runs.result")}>
          {result ? <Markdown source={result} /> : <p className="text-muted">{t("runs.noResult")}</p>}
        </section>
        {files.length > 0 && (
          <section aria-label={t("runs.files")} className="space-y-3">
            {files.map((file) => (
              <FileCard key={file.key} file={file} />
            ))}
          </section>
        )}
      </div>
      <h2 className="mt-8 mb-2 font-semibold">{t("runs.steps")}</h2>
      {tools.length > 0 ? (
        <div className="overflow-hidden rounded-xl border border-line bg-raised">
          {tools.map((tool) => (
            <ToolLine
              key={tool.key}
              tool={tool}
              stopped={turn.outcome !== null && turn.state !== "succeeded"}
            />
          ))}
        </div>
      ) : (
        <p className="text-muted">{t("runs.noSteps")}</p>
      )}
    </>
  );
}

/** A run's events carry the conversation's numbers; counted from one they are a conversation of one turn. */
function turnOf(events: readonly StoredEvent[]): Turn | null {
  const counted = events.map((event, index) => ({ ...event, seq: index + 1 }));
  return applyEvents(emptyTranscript, counted).turns[0] ?? null;
}
