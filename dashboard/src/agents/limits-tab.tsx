import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, type AgentSpec, agentQuery, changeAgent, specOf } from "~/api/agents";
import { ApiError } from "~/api/client";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { toasts } from "~/ui/toast-store";
import { useAgentActions } from "./actions";
import { DoneFields } from "./done-fields";
import { LimitFields } from "./limit-fields";
import { NotifyFields } from "./notify-fields";
import { missing, refused, type SpecErrors } from "./spec-errors";

/** What a run of it may use and reach, when it counts as done, and on what its owner is told. */
export function LimitsTab({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { attempt } = useAgentActions();
  const [draft, setDraft] = useState<AgentSpec | null>(null);
  /** The version that was changed here; null puts the change on top of whatever there is. */
  const [base, setBase] = useState<number | null>(null);
  /** Counts fresh starts: the text of the hosts is kept as typed until then. */
  const [round, setRound] = useState(0);
  const [errors, setErrors] = useState<SpecErrors>({});
  const [problem, setProblem] = useState<string | null>(null);
  const spec = draft ?? specOf(agent);
  const change = (part: Partial<AgentSpec>) => {
    if (!draft) setBase(agent.version);
    setDraft({ ...spec, ...part });
  };
  const reset = () => {
    setDraft(null);
    setErrors({});
    setProblem(null);
    setRound(round + 1);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = missing(t, spec);
    setErrors(found);
    setProblem(null);
    if (Object.keys(found).length > 0) return;
    try {
      const { name: _name, prompt: _prompt, ...limits } = spec;
      const saved = await changeAgent(agent.id, {
        ...limits,
        ...(base === null ? {} : { expected_version: base }),
      });
      queries.setQueryData(agentQuery(agent.id).queryKey, saved);
      reset();
      toasts.show(t("agents.limits.saved"));
    } catch (error) {
      if (error instanceof ApiError && error.code === "agent.changed") setBase(null);
      setErrors(refused(t, error));
      setProblem(errorText(t, error));
    }
    void attempt(async () => null);
  };
  const parts = { spec, errors, onChange: change };
  return (
    <form className="max-w-[46rem] space-y-6" noValidate onSubmit={(event) => void submit(event)}>
      <LimitFields key={`${round}-${agent.version}`} {...parts} />
      <DoneFields {...parts} />
      <NotifyFields {...parts} />
      {problem && (
        <p role="alert" className="text-[0.875rem] text-bad">
          {problem}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={!draft}>
          {t("common.save")}
        </Button>
        {draft && <Button onClick={reset}>{t("common.cancel")}</Button>}
      </div>
    </form>
  );
}
