import { Link } from "@tanstack/react-router";
import { Ban, FileText, LoaderCircle, RotateCcw } from "lucide-react";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { cancelRun, retryRun } from "~/api/runs";
import { errorText } from "~/api/words";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import type { Part, ToolPart, Turn } from "~/live/transcript";
import { Button, buttonClass } from "~/ui/button";
import { Notice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { splitAttached } from "./attached";
import { ChecksView, FileCard, Markdown, ProposalCard, ToolLine } from "./lazy-parts";
import { outcomeWords } from "./outcome-words";
import { baseName } from "./tool-words";
import { turnStatus } from "./turn-status";

/** One question and its answer. */
export const TurnView = memo(function TurnView({
  turn,
  waits,
  onAgain,
}: {
  turn: Turn;
  waits: boolean;
  /** In place of running the same again. */
  onAgain?: () => void;
}) {
  const { t } = useTranslation();
  const groups = useMemo(() => grouped(turn.parts), [turn.parts]);
  const stopped = turn.outcome !== null && turn.outcome.state !== "succeeded";
  const silent = turn.outcome?.result && !turn.parts.some((part) => part.type === "text");
  return (
    <article className="space-y-4 py-5" aria-busy={turn.outcome === null}>
      {turn.prompt && <Prompt content={turn.prompt.content} />}
      {groups.length > 0 && <h3 className="sr-only">{t("chat.claude")}</h3>}
      {groups.map((group) =>
        Array.isArray(group) ? (
          <div key={group[0]?.key} className="overflow-hidden rounded-xl border border-line bg-raised">
            {group.map((tool) => (
              <ToolLine key={tool.key} tool={tool} stopped={stopped} />
            ))}
          </div>
        ) : (
          <PartView key={group.key} part={group} />
        ),
      )}
      {silent && <Markdown source={turn.outcome?.result ?? ""} />}
      {turn.outcome ? <Ending turn={turn} onAgain={onAgain} /> : <StatusLine turn={turn} waits={waits} />}
    </article>
  );
});

function PartView({ part }: { part: Exclude<Part, ToolPart> }) {
  switch (part.type) {
    case "text":
      return <Markdown source={part.text} />;
    case "file":
      return <FileCard file={part} />;
    case "checks":
      return <ChecksView checks={part.checks} />;
    case "proposal":
      return <ProposalCard id={part.id} />;
  }
}

/** Tools that follow each other share one frame. */
function grouped(parts: readonly Part[]): (Exclude<Part, ToolPart> | ToolPart[])[] {
  const groups: (Exclude<Part, ToolPart> | ToolPart[])[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (part.type !== "tool") groups.push(part);
    else if (Array.isArray(last)) last.push(part);
    else groups.push([part]);
  }
  return groups;
}

export function Prompt({ content, children }: { content: string; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const { text, paths } = splitAttached(content);
  return (
    <div className="flex flex-col items-end gap-1.5">
      <h3 className="sr-only">{t("chat.you")}</h3>
      {text && (
        <p className="max-w-[85%] rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 whitespace-pre-wrap">
          {text}
        </p>
      )}
      {paths.length > 0 && (
        <ul aria-label={t("chat.attached")} className="flex max-w-[85%] flex-wrap justify-end gap-1.5">
          {paths.map((path) => (
            <li
              key={path}
              className="flex items-center gap-1.5 rounded-lg border border-line px-2.5 py-1 text-[0.8125rem]"
            >
              <FileText aria-hidden className="size-4 text-muted" />
              {baseName(path)}
            </li>
          ))}
        </ul>
      )}
      {children}
    </div>
  );
}

function StatusLine({ turn, waits }: { turn: Turn; waits: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(200);
  const since = Date.parse(turn.startedAt ?? turn.queuedAt ?? "");
  const moving = turn.status === "moving_workspace";
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-2.5 text-[0.875rem] text-muted">
      <LoaderCircle aria-hidden className={`size-4 shrink-0 ${waits ? "" : "spinning text-accent"}`} />
      <span>{turnStatus(t, turn, waits)}</span>
      {!waits && Number.isFinite(since) && (
        <span className="figures text-[0.8125rem]">{format.duration(now - since)}</span>
      )}
      {waits && (
        <Button size="sm" look="quiet" onClick={() => void act(t, turn.runId, "cancel")}>
          <Ban /> {t("chat.queuedCancel")}
        </Button>
      )}
      {moving && <p className="w-full pl-6.5 text-[0.8125rem]">{t("status.movingHelp")}</p>}
    </div>
  );
}

function Ending({ turn, onAgain }: { turn: Turn; onAgain: (() => void) | undefined }) {
  const { t } = useTranslation();
  const words = turn.outcome && outcomeWords(t, turn.outcome);
  return (
    <>
      {words && turn.outcome && (
        <Notice
          tone={
            turn.outcome.state === "cancelled" ? "info" : turn.outcome.state === "failed" ? "bad" : "warn"
          }
          action={
            turn.outcome.state !== "cancelled" && (
              <span className="flex flex-wrap gap-2">
                {words.inSettings && (
                  <Link to="/settings" className={buttonClass("primary", "sm")}>
                    {t("nav.settings")}
                  </Link>
                )}
                <Button size="sm" onClick={onAgain ?? (() => void act(t, turn.runId, "retry"))}>
                  <RotateCcw /> {t("outcome.again")}
                </Button>
              </span>
            )
          }
        >
          {words.text}
          {words.code && (
            <span className="text-[0.8125rem] text-muted">
              {" "}
              {t("common.reference", { code: words.code })}
            </span>
          )}
        </Notice>
      )}
      <Figures turn={turn} />
    </>
  );
}

function Figures({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { usage, outcome } = turn;
  const items: string[] = [];
  if (outcome) items.push(format.duration(outcome.durationMs));
  if (usage) {
    const input = usage.input_tokens + usage.cache_write_tokens;
    const total = input + usage.output_tokens + usage.cache_read_tokens;
    items.push(t("outcome.tokens", { amount: format.number(total) }));
    items.push(format.money(usage.cost_usd));
  }
  if (items.length === 0) return null;
  const title = usage
    ? t("outcome.tokensDetail", {
        input: format.number(usage.input_tokens + usage.cache_write_tokens),
        output: format.number(usage.output_tokens),
        cached: format.number(usage.cache_read_tokens),
      })
    : undefined;
  return (
    <p title={title} className="figures flex flex-wrap gap-x-3 text-[0.8125rem] text-muted">
      {items.map((item) => (
        <span key={item}>{item}</span>
      ))}
    </p>
  );
}

async function act(t: Parameters<typeof errorText>[0], id: string, verb: "cancel" | "retry"): Promise<void> {
  try {
    await (verb === "cancel" ? cancelRun(id) : retryRun(id));
  } catch (error) {
    toasts.show(errorText(t, error), { tone: "bad" });
  }
}
