import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Pencil, Play } from "lucide-react";
import { type ComponentType, lazy, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, agentQuery } from "~/api/agents";
import { isOpen } from "~/api/runs";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Button, buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Switch } from "~/ui/switch";
import { useAgentActions } from "./actions";
import { AgentMenu } from "./agent-menu";
import { isPaused, nextRunText } from "./next-run";
import { Overview } from "./overview";
import { scheduleText } from "./schedule-words";

const TABS = ["overview", "schedule", "runs", "versions", "files", "secrets", "limits"] as const;
type Tab = (typeof TABS)[number];

const PARTS: Record<Tab, ComponentType<{ agent: Agent }>> = {
  overview: Overview,
  schedule: lazy(() => import("./schedule-tab").then((module) => ({ default: module.ScheduleTab }))),
  runs: lazy(() => import("./runs-tab").then((module) => ({ default: module.RunsTab }))),
  versions: lazy(() => import("./versions-tab").then((module) => ({ default: module.VersionsTab }))),
  files: lazy(() => import("./files-tab").then((module) => ({ default: module.FilesTab }))),
  secrets: lazy(() => import("./secrets-tab").then((module) => ({ default: module.SecretsTab }))),
  limits: lazy(() => import("./limits-tab").then((module) => ({ default: module.LimitsTab }))),
};

/** One agent and everything about it. */
export function AgentPage() {
  const { id } = useParams({ from: "/agents/$id" });
  const search = useSearch({ from: "/agents/$id" });
  const tab = TABS.find((known) => known === search.tab) ?? "overview";
  const agent = useQuery(agentQuery(id));
  const Part = PARTS[tab];
  return (
    <Page
      title={<Title agent={agent.data} />}
      actions={agent.data && <Actions key={agent.data.id} agent={agent.data} />}
    >
      {agent.error && !agent.data && <ErrorNotice error={agent.error} onRetry={() => void agent.refetch()} />}
      {agent.data && (
        <>
          <Summary agent={agent.data} />
          <Tabs id={id} current={tab} />
          <Suspense>
            <Part key={id} agent={agent.data} />
          </Suspense>
        </>
      )}
    </Page>
  );
}

function Title({ agent }: { agent: Agent | undefined }) {
  const { t } = useTranslation();
  return (
    <span className="flex items-center gap-2">
      <Link
        to="/agents"
        className={buttonClass("quiet", "icon", "-ml-2")}
        aria-label={t("agents.all")}
        title={t("agents.all")}
      >
        <ArrowLeft />
      </Link>
      <span className="min-w-0">{agent?.name ?? t("agents.title")}</span>
    </span>
  );
}

function Actions({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { run, setActive } = useAgentActions();
  const on = agent.status === "active";
  return (
    <>
      <span className="mr-2 flex items-center gap-2 text-[0.875rem]">
        <Switch
          label={t("agents.switch", { name: agent.name })}
          checked={on}
          onChange={(next) => void setActive(agent, next)}
        />
        <span className={on ? "" : "text-muted"}>{on ? t("agents.on") : t("agents.off")}</span>
      </span>
      <Link
        to="/agents/$id/edit"
        params={{ id: agent.id }}
        className={buttonClass("plain", "md", "max-sm:hidden")}
      >
        <Pencil aria-hidden /> {t("agents.edit")}
      </Link>
      <Button look="primary" onClick={() => void run(agent)}>
        <Play aria-hidden /> {t("agents.run")}
      </Button>
      <AgentMenu agent={agent} onDeleted={() => navigate({ to: "/agents" })} />
    </>
  );
}

function Summary({ agent }: { agent: Agent }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const now = useNow(15_000, !isOpen(agent.last_run?.state));
  const { schedule } = agent;
  return (
    <p className="-mt-3 mb-4 flex flex-wrap gap-x-4 gap-y-1 text-[0.875rem] text-muted">
      <span>{schedule ? scheduleText(t, schedule, i18n.language) : t("agents.noSchedule")}</span>
      {schedule && (
        <span className="figures">
          {t("agents.nextRun")}:{" "}
          <span className={isPaused(schedule) ? "text-warn" : "text-ink"}>
            {nextRunText(t, format, agent, now, i18n.language)}
          </span>
        </span>
      )}
    </p>
  );
}

function Tabs({ id, current }: { id: string; current: Tab }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where there is no room for all, the current one is to be seen.
  useEffect(() => {
    const chosen = bar.current?.querySelector("[aria-current=page]");
    chosen?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <nav
      ref={bar}
      aria-label={t("agents.tabs.label")}
      className="thin-scroll -mx-4 mb-6 flex gap-1 overflow-x-auto border-line border-b px-4 md:mx-0 md:px-0"
    >
      {TABS.map((tab) => (
        <Link
          key={tab}
          to="/agents/$id"
          params={{ id }}
          search={tab === "overview" ? {} : { tab }}
          replace
          // The parts differ in the search alone, and the first has none.
          activeOptions={{ exact: true, includeSearch: true }}
          aria-current={tab === current ? "page" : undefined}
          className="-mb-px shrink-0 border-transparent border-b-2 px-3 py-2 text-[0.9375rem] text-muted outline-offset-[-2px] hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-semibold aria-[current=page]:text-ink"
        >
          {t(`agents.tabs.${tab}`)}
        </Link>
      ))}
    </nav>
  );
}
