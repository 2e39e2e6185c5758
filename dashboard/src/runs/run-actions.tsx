import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ban, Bot, GitCompareArrows, MessageSquareText, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cancelRun, type Run, retryRun, runBeforeQuery } from "~/api/runs";
import { errorText } from "~/api/words";
import { Button, buttonClass } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { toasts } from "~/ui/toast-store";

/** What can be done with a run. */
export function RunActions({ run, open }: { run: Run; open: boolean }) {
  const { t } = useTranslation();
  const before = useQuery(runBeforeQuery(run));
  return (
    <>
      {open ? <StopButton run={run} /> : <RetryButton run={run} />}
      {!open && before.data && (
        <Link
          to="/runs/$id/compare"
          params={{ id: run.id }}
          className={buttonClass()}
          title={t("runs.compare")}
        >
          <GitCompareArrows aria-hidden />
          <span className="max-md:sr-only">{t("runs.compare")}</span>
        </Link>
      )}
      {run.agent_id ? (
        <Link to="/agents/$id" params={{ id: run.agent_id }} className={buttonClass("primary")}>
          <Bot aria-hidden /> {t("runs.openAgent")}
        </Link>
      ) : (
        <Link to="/chat/$id" params={{ id: run.conversation_id }} className={buttonClass("primary")}>
          <MessageSquareText aria-hidden /> {t("runs.openChat")}
        </Link>
      )}
    </>
  );
}

function StopButton({ run }: { run: Run }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const stopping = run.cancel_requested_at !== null;
  return (
    <>
      <Button disabled={stopping} onClick={() => setAsking(true)}>
        <Ban aria-hidden /> {stopping ? t("runs.stopping") : t("runs.stop")}
      </Button>
      {asking && (
        <Confirm
          title={t("runs.stopTitle")}
          action={t("runs.stop")}
          cancel={t("runs.keep")}
          danger
          onConfirm={async () => {
            await cancelRun(run.id);
            await queries.invalidateQueries({ queryKey: ["runs"] });
          }}
          onClose={() => setAsking(false)}
        >
          {t("runs.stopText")}
        </Confirm>
      )}
    </>
  );
}

/** The same again, as a run of its own. Of an agent it is shown here; an answer in a chat is shown there. */
function RetryButton({ run }: { run: Run }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    try {
      const { run_id } = await retryRun(run.id);
      toasts.show(t("runs.retried"));
      void queries.invalidateQueries({ queryKey: ["runs", "list"] });
      await navigate({ to: "/runs/$id", params: { id: run_id } });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button disabled={busy} onClick={() => void retry()}>
      <RotateCcw aria-hidden /> {t("runs.retry")}
    </Button>
  );
}
