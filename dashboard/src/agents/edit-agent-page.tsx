import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, type AgentSpec, agentQuery, changeAgent, runAgent, specOf } from "~/api/agents";
import { ApiError } from "~/api/client";
import { uuidv7 } from "~/lib/ids";
import { buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { toasts } from "~/ui/toast-store";
import { AgentEditor } from "./agent-editor";

/** An agent's instructions and limits, with a test run of what is not saved yet. */
export function EditAgentPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/agents/$id/edit" });
  const agent = useQuery(agentQuery(id));
  const name = agent.data?.name ?? "";
  return (
    <Page
      title={
        <span className="flex items-center gap-2">
          <Link
            to="/agents/$id"
            params={{ id }}
            className={buttonClass("quiet", "icon", "-ml-2")}
            aria-label={name || t("agents.title")}
            title={name || t("agents.title")}
          >
            <ArrowLeft />
          </Link>
          {agent.data ? t("agents.editor.title", { name }) : t("agents.title")}
        </span>
      }
    >
      {agent.error && !agent.data && <ErrorNotice error={agent.error} onRetry={() => void agent.refetch()} />}
      {agent.data && <EditAgent key={id} agent={agent.data} />}
    </Page>
  );
}

function EditAgent({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { test } = useSearch({ from: "/agents/$id/edit" });
  const { id } = agent;
  // What was opened; null after a conflict: the next save goes on top of whatever there is.
  const [base, setBase] = useState<number | null>(agent.version);
  const [initial] = useState(() => specOf(agent));
  const save = (status?: "active") => async (spec: AgentSpec) => {
    try {
      const saved = await changeAgent(id, {
        ...spec,
        ...(status ? { status } : {}),
        ...(base === null ? {} : { expected_version: base }),
      });
      queries.setQueryData(agentQuery(id).queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["agents"] });
      toasts.show(t("agents.editor.saved", { version: saved.version }));
      await navigate({ to: "/agents/$id", params: { id } });
    } catch (error) {
      if (error instanceof ApiError && error.code === "agent.changed") setBase(null);
      throw error;
    }
  };
  const off = agent.status === "inactive";
  return (
    <AgentEditor
      initial={initial}
      fresh={false}
      saves={[
        { label: t("agents.editor.save"), primary: !off, save: save() },
        ...(off ? [{ label: t("agents.editor.saveOn"), primary: true, save: save("active") }] : []),
      ]}
      tested={test ?? null}
      onTest={async (spec) => {
        const run = await runAgent(id, uuidv7(), spec);
        await navigate({
          to: "/agents/$id/edit",
          params: { id },
          search: { test: run.conversation_id },
          replace: true,
        });
      }}
    />
  );
}
