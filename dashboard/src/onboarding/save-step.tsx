import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { createAgent, draftAgent, newSpec } from "~/api/agents";
import { newSchedule } from "~/api/schedules";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Segments } from "~/ui/segments";
import { toasts } from "~/ui/toast-store";
import { Screen, type StepProps } from "./screen";

/** The example as an agent: a name, what it does, and whether it runs by itself. */
export function SaveStep({ answers, onNext }: StepProps) {
  const { t } = useTranslation();
  const from = answers.conversationId;
  const draft = useQuery({
    queryKey: ["draft", from],
    queryFn: () => draftAgent(from ?? ""),
    enabled: from !== null,
    retry: false,
  });
  const proposed = draft.data ?? {
    ...newSpec(),
    name: t("welcome.sales"),
    prompt: t("welcome.salesPrompt"),
  };
  const [name, setName] = useState<string | null>(null);
  const [prompt, setPrompt] = useState<string | null>(null);
  const [when, setWhen] = useState<"hand" | "weekly">("weekly");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [nameId, promptId] = [useId(), useId()];
  const agent = {
    ...proposed,
    name: (name ?? proposed.name).trim(),
    prompt: (prompt ?? proposed.prompt).trim(),
  };

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await createAgent(
        {
          ...agent,
          ...(from ? { from_conversation_id: from } : {}),
          ...(when === "weekly" ? { schedule: newSchedule(answers.timeZone) } : {}),
        },
        answers.agentKey,
      );
      toasts.show(t("onboarding.saved", { name: agent.name }));
      onNext();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void save(event)}>
      <Screen
        title={t("onboarding.saveTitle")}
        text={t("onboarding.saveText")}
        actions={
          <>
            <Button
              type="submit"
              look="primary"
              disabled={busy || draft.isLoading || !agent.name || !agent.prompt}
            >
              {t("onboarding.save")}
            </Button>
            <Button onClick={onNext}>{t("onboarding.notNow")}</Button>
          </>
        }
      >
        <div>
          <label htmlFor={nameId} className="mb-1.5 block font-medium text-[0.875rem]">
            {t("common.name")}
          </label>
          <input
            id={nameId}
            value={name ?? proposed.name}
            maxLength={100}
            onChange={(event) => setName(event.target.value)}
            className="h-10 w-full rounded-lg border border-line-strong bg-bg px-3"
          />
        </div>
        <div>
          <label htmlFor={promptId} className="mb-1.5 block font-medium text-[0.875rem]">
            {t("onboarding.task")}
          </label>
          <textarea
            id={promptId}
            rows={3}
            value={prompt ?? proposed.prompt}
            onChange={(event) => setPrompt(event.target.value)}
            className="thin-scroll block w-full resize-y rounded-lg border border-line-strong bg-bg px-3 py-2"
          />
        </div>
        <div>
          <div className="mb-1.5 font-medium text-[0.875rem]">{t("onboarding.when")}</div>
          <Segments
            label={t("onboarding.when")}
            value={when}
            options={[
              { value: "weekly", label: t("onboarding.weekly") },
              { value: "hand", label: t("onboarding.byHand") },
            ]}
            onChange={setWhen}
          />
          <p className="mt-1.5 text-[0.875rem] text-muted">
            {when === "weekly"
              ? t("onboarding.weeklyHelp", { zone: answers.timeZone.replaceAll("_", " ") })
              : t("onboarding.byHandHelp")}
          </p>
        </div>
        {error !== null && <ErrorNotice error={error} />}
      </Screen>
    </form>
  );
}
