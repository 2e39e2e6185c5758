import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { setDemo, workspaceQuery } from "~/api/session";
import { errorText } from "~/api/words";
import { putSample } from "~/chat/sample";
import { TranscriptView } from "~/chat/transcript-view";
import { TurnView } from "~/chat/turn-view";
import { useConversation, useLive, useUnsent } from "~/live/context";
import { Button } from "~/ui/button";
import { Notice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { Screen, type StepProps } from "./screen";

/** A real run: the sample goes into the workspace, the task to Claude, and the work is watched in place. */
export function ExampleStep({ answers, change, onNext }: StepProps) {
  const { t } = useTranslation();
  const live = useLive();
  const queries = useQueryClient();
  const workspace = useQuery(workspaceQuery);
  const [busy, setBusy] = useState(false);
  // Told again when the message has been accepted.
  useUnsent();
  const accepted = answers.messageId ? live.acceptedIn(answers.messageId) : undefined;
  const id = answers.conversationId ?? accepted ?? null;
  const conversation = useConversation(id);
  const turn = conversation?.transcript.turns[0] ?? null;
  const started = answers.messageId !== null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: once it is known, it is to be kept.
  useEffect(() => {
    if (accepted && !answers.conversationId) change({ conversationId: accepted });
  }, [accepted]);

  const start = async () => {
    setBusy(true);
    try {
      await putSample(queries);
      change({ messageId: live.send(null, t("welcome.salesPrompt")) });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };
  const ended = turn?.outcome != null;
  return (
    <Screen
      title={t("onboarding.exampleTitle")}
      text={t("onboarding.exampleText")}
      actions={
        started ? (
          <Button look={ended ? "primary" : "plain"} onClick={onNext}>
            {ended ? t("onboarding.next") : t("onboarding.nextMeanwhile")}
          </Button>
        ) : (
          <>
            <Button
              look="primary"
              disabled={busy || workspace.data?.model_ready === false}
              onClick={() => void start()}
            >
              <Play aria-hidden /> {t("onboarding.exampleRun")}
            </Button>
            <Button onClick={onNext}>{t("onboarding.skip")}</Button>
          </>
        )
      }
    >
      {workspace.data?.model_ready === false && <NoModel />}
      {started ? (
        <div className="flex h-[min(26rem,48dvh)] flex-col rounded-2xl border border-line">
          <TranscriptView pin={id ?? ""} label={t("chat.transcript")}>
            {turn ? (
              <TurnView turn={turn} waits={false} />
            ) : (
              <p className="py-5 text-muted">{t("chat.sending")}</p>
            )}
          </TranscriptView>
        </div>
      ) : (
        <blockquote className="rounded-2xl border border-line bg-sunken px-4 py-3 font-medium">
          {t("welcome.salesPrompt")}
        </blockquote>
      )}
    </Screen>
  );
}

/** Nobody answers yet: the demo does at once, and a key can be set later. */
function NoModel() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const takeDemo = async () => {
    try {
      await setDemo(true);
      await queries.invalidateQueries({ queryKey: ["workspace"] });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <Notice
      tone="info"
      action={
        <Button size="sm" onClick={() => void takeDemo()}>
          {t("onboarding.useDemo")}
        </Button>
      }
    >
      {t("onboarding.noModel")}
    </Notice>
  );
}
