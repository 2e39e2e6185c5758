import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AgentSpec, createAgent, newSpec, runAgent, type Template, templatesQuery } from "~/api/agents";
import { ApiError } from "~/api/client";
import type { ScheduleSpec } from "~/api/schedules";
import { uuidv7 } from "~/lib/ids";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { toasts } from "~/ui/toast-store";
import { AgentEditor } from "./agent-editor";
import { isScheduleError, scheduleErrorText } from "./schedule-errors";
import { ScheduleOption } from "./schedule-option";
import { viewerZone } from "./zones";

/** A new agent, from nothing or from a template. */
export function NewAgentPage() {
  const { t, i18n } = useTranslation();
  const { template: wanted } = useSearch({ from: "/agents/new" });
  const templates = useQuery({ ...templatesQuery(i18n.language), enabled: wanted !== undefined });
  const template = templates.data?.find(({ id }) => id === wanted) ?? null;
  const ready = wanted === undefined || templates.isSuccess;
  return (
    <Page title={t("agents.editor.newTitle")}>
      {templates.isError && <ErrorNotice error={templates.error} onRetry={() => void templates.refetch()} />}
      {template && (
        <p className="-mt-3 mb-4 text-[0.875rem] text-muted">
          {t("agents.editor.template", { name: template.name })}
        </p>
      )}
      {ready && <NewAgent key={wanted ?? ""} template={template} />}
    </Page>
  );
}

function NewAgent({ template }: { template: Template | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [initial] = useState<AgentSpec>(() => template?.spec ?? newSpec());
  const [first] = useState<ScheduleSpec | null>(() =>
    template?.schedule ? { ...template.schedule, time_zone: viewerZone() } : null,
  );
  const [schedule, setSchedule] = useState(first);
  const [error, setError] = useState<string | null>(null);
  // One wish, one key: what was created once is not created again by a second press.
  const [key, setKey] = useState(uuidv7);

  const create = async (spec: AgentSpec, status: "active" | "inactive") => {
    setError(null);
    try {
      const agent = await createAgent({ ...spec, status, ...(schedule ? { schedule } : {}) }, key);
      void queries.invalidateQueries({ queryKey: ["agents"] });
      return agent;
    } catch (cause) {
      // A refusal ends the wish; an answer that was lost does not.
      if (cause instanceof ApiError && cause.status > 0) setKey(uuidv7());
      if (isScheduleError(cause)) setError(scheduleErrorText(t, cause));
      throw cause;
    }
  };
  const save = async (spec: AgentSpec) => {
    const agent = await create(spec, "active");
    toasts.show(t("agents.save.saved", { name: agent.name }));
    await navigate({ to: "/agents/$id", params: { id: agent.id }, replace: true });
  };
  const test = async (spec: AgentSpec) => {
    const agent = await create(spec, "inactive");
    const run = await runAgent(agent.id, uuidv7());
    await navigate({
      to: "/agents/$id/edit",
      params: { id: agent.id },
      search: { test: run.conversation_id },
      replace: true,
    });
  };
  return (
    <AgentEditor
      initial={initial}
      fresh
      saves={[{ label: t("agents.editor.saveNew"), primary: true, save }]}
      extra={<ScheduleOption schedule={schedule} error={error} onChange={setSchedule} />}
      changed={schedule !== first}
      tested={null}
      onTest={test}
    />
  );
}
