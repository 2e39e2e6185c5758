import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Agent } from "~/api/agents";
import type { Run } from "~/api/client";
import { isOpen } from "~/api/runs";
import { Markdown } from "~/chat/lazy-parts";
import { outcomeWords } from "~/chat/outcome-words";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import type { FinalState } from "~/live/protocol";
import { buttonClass } from "~/ui/button";
import { Notice } from "~/ui/notice";
import { StateLabel, shownState } from "~/ui/state";
import { DayDots } from "./day-dots";
import { nextRunText } from "./next-run";

/** What came of it last, and its figures. */
export function Overview({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <div className="min-w-0 space-y-6">
        <section aria-labelledby="last-result">
          <h2 id="last-result" className="mb-2 font-semibold">
            {t("agents.lastResult")}
          </h2>
          <div className="rounded-2xl border border-line">
            {agent.last_run ? (
              <LastRun run={agent.last_run} />
            ) : (
              <p className="p-4 text-muted">
                {t("agents.neverRan")}. {t("agents.overview.firstRun")}
              </p>
            )}
          </div>
        </section>
        <section aria-labelledby="instructions">
          <h2 id="instructions" className="mb-2 font-semibold">
            {t("agents.overview.instructions")}
          </h2>
          <p className="rounded-2xl border border-line p-4 whitespace-pre-wrap">{agent.prompt}</p>
        </section>
      </div>
      <Facts agent={agent} />
    </div>
  );
}

function LastRun({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(10_000);
  const state = shownState(run);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-4 py-2.5 text-[0.875rem]">
        <StateLabel state={state} />
        <time dateTime={run.queued_at} title={format.full(run.queued_at)} className="text-muted">
          {format.when(run.queued_at, Math.max(now, Date.parse(run.queued_at)))}
        </time>
        {run.duration_ms != null && (
          <span className="figures text-muted">{format.duration(run.duration_ms)}</span>
        )}
        <span className="figures text-muted">{format.money(run.usage.cost_usd)}</span>
        <Link to="/runs/$id" params={{ id: run.id }} className={buttonClass("quiet", "sm", "ml-auto -mr-2")}>
          {t("agents.overview.openRun")}
        </Link>
      </div>
      <div className="space-y-4 p-4">
        <Ending run={run} />
        {run.result ? (
          <Markdown source={run.result} />
        ) : (
          !isOpen(run.state) && <p className="text-muted">{t("agents.overview.noResult")}</p>
        )}
        {isOpen(run.state) && <p className="text-muted">{t("agents.overview.still")}</p>}
      </div>
    </>
  );
}

/** What is to be known of how it ended; nothing where all is well. */
function Ending({ run }: { run: Run }) {
  const { t } = useTranslation();
  const state = shownState(run);
  if (isOpen(run.state)) return null;
  if (state === "unproved") return <Notice tone="warn">{t("agents.overview.unprovedHint")}</Notice>;
  if (state === "needs_you")
    return (
      <Notice tone="warn">
        {t("agents.overview.question")}. {t("agents.overview.retryHint")}
      </Notice>
    );
  const words = outcomeWords(t, {
    state: run.state as FinalState,
    reason: run.reason,
    result: run.result,
    durationMs: run.duration_ms ?? 0,
  });
  if (!words) return null;
  return <Notice tone={run.state === "failed" ? "bad" : "warn"}>{words.text}</Notice>;
}

function Facts({ agent }: { agent: Agent }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const now = useNow(10_000);
  const { month, total } = agent.usage;
  const tokens = total.input_tokens + total.cache_write_tokens + total.cache_read_tokens;
  return (
    <aside aria-label={t("agents.overview.facts")}>
      <dl className="divide-y divide-line rounded-2xl border border-line">
        <Fact name={t("agents.nextRun")}>{nextRunText(t, format, agent, now, i18n.language)}</Fact>
        <Fact name={t("agents.week")}>
          <DayDots runs={agent.recent} now={now} />
        </Fact>
        <Fact name={t("agents.month")}>{format.money(month.cost_usd)}</Fact>
        <Fact name={t("agents.total")}>{format.money(total.cost_usd)}</Fact>
        <Fact name={t("agents.overview.tokens")}>
          {t("agents.overview.tokensOf", {
            input: format.number(tokens),
            output: format.number(total.output_tokens),
          })}
        </Fact>
        <Fact name={t("agents.overview.version")}>
          <Link to="/agents/$id" params={{ id: agent.id }} search={{ tab: "versions" }} className={LINK}>
            {agent.version}
          </Link>
        </Fact>
        <Fact name={t("agents.overview.changed")}>
          <time dateTime={agent.updated_at} title={format.full(agent.updated_at)}>
            {format.when(agent.updated_at, Math.max(now, Date.parse(agent.updated_at)))}
          </time>
        </Fact>
        <Fact name={t("agents.overview.folder")}>
          <Link to="/files" search={{ path: agent.folder }} className={LINK}>
            {t("agents.files.open")}
          </Link>
        </Fact>
      </dl>
    </aside>
  );
}

const LINK = "text-accent underline-offset-4 hover:underline";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-4 px-4 py-2.5 text-[0.875rem]">
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd className="figures min-w-0 text-right">{children}</dd>
    </div>
  );
}
