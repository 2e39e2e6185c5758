import { Link } from "@tanstack/react-router";
import { CalendarClock, CirclePause } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Agent } from "~/api/agents";
import { useFormat } from "~/lib/format";
import { runLine } from "~/runs/run-words";
import { StateLabel, shownState } from "~/ui/state";
import { Switch } from "~/ui/switch";
import { useAgentActions } from "./actions";
import { AgentMenu } from "./agent-menu";
import { DayDots } from "./day-dots";
import { isPaused, nextRunText } from "./next-run";
import { scheduleText } from "./schedule-words";

/** One agent in a line: what it is, how its last days went, what came of it, when it runs next, what it costs. */
export function AgentRow({ agent, now }: { agent: Agent; now: number }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { setActive } = useAgentActions();
  const { schedule } = agent;
  const paused = schedule !== null && agent.status === "active" && isPaused(schedule);
  return (
    <li className={ROW}>
      <div className="min-w-0 [grid-area:name]">
        <Link
          to="/agents/$id"
          params={{ id: agent.id }}
          className="block truncate font-semibold after:absolute after:inset-0 after:content-['']"
        >
          {agent.name}
        </Link>
        <p className="truncate text-[0.8125rem] text-muted">
          {schedule ? scheduleText(t, schedule, i18n.language) : t("agents.noSchedule")}
        </p>
      </div>
      <div className="relative [grid-area:dots]">
        <DayDots runs={agent.recent} now={now} />
      </div>
      <div className="min-w-0 [grid-area:result]">
        <LastResult agent={agent} now={now} />
      </div>
      <div className="min-w-0 text-[0.875rem] max-lg:contents lg:[grid-area:next]">
        <p
          className="relative flex min-w-0 items-center gap-1.5 max-lg:[grid-area:next]"
          title={`${t("agents.nextRun")}: ${nextRunText(t, format, agent, now, i18n.language)}`}
        >
          {paused ? (
            <CirclePause aria-hidden className="size-4 shrink-0 text-warn" />
          ) : (
            <CalendarClock aria-hidden className="size-4 shrink-0 text-muted" />
          )}
          <span className="sr-only">{t("agents.nextRun")}: </span>
          <span className={`figures min-w-0 text-balance wrap-break-word ${paused ? "text-warn" : ""}`}>
            {paused ? t("agents.paused") : nextRunText(t, format, agent, now, i18n.language)}
          </span>
        </p>
        <p className="figures truncate text-[0.8125rem] text-muted max-lg:[grid-area:cost]">
          {format.money(agent.usage.month.cost_usd)} · {t("agents.month")}
        </p>
      </div>
      <div className="relative flex items-center justify-end gap-1 [grid-area:act]">
        <Switch
          label={t("agents.switch", { name: agent.name })}
          checked={agent.status === "active"}
          onChange={(on) => void setActive(agent, on)}
        />
        <AgentMenu agent={agent} />
      </div>
    </li>
  );
}

const ROW =
  "relative grid items-center gap-x-5 gap-y-2 px-4 py-3 first:rounded-t-2xl last:rounded-b-2xl hover:bg-hover grid-cols-[minmax(0,1fr)_auto] [grid-template-areas:'name_act'_'result_result'_'next_next'_'cost_dots'] lg:grid-cols-[minmax(0,15rem)_auto_minmax(0,1fr)_11rem_auto] lg:[grid-template-areas:'name_dots_result_next_act']";

function LastResult({ agent, now }: { agent: Agent; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const run = agent.last_run;
  if (!run) return <p className="text-[0.875rem] text-muted">{t("agents.neverRan")}</p>;
  const line = runLine(t, run);
  return (
    <>
      <p className="flex items-center gap-3 text-[0.875rem]">
        <StateLabel state={shownState(run)} />
        <time
          dateTime={run.queued_at}
          title={format.full(run.queued_at)}
          className="truncate text-[0.8125rem] text-muted"
        >
          {format.when(run.queued_at, Math.max(now, Date.parse(run.queued_at)))}
        </time>
      </p>
      {line && <p className="truncate text-[0.8125rem] text-muted">{line}</p>}
    </>
  );
}
