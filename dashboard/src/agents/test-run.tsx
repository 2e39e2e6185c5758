import { Link } from "@tanstack/react-router";
import { CircleStop, FlaskConical } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cancelRun } from "~/api/runs";
import { errorText } from "~/api/words";
import { TurnView } from "~/chat/turn-view";
import { useConversation } from "~/live/context";
import { Button, buttonClass } from "~/ui/button";
import { StateLabel, shownState } from "~/ui/state";
import { toasts } from "~/ui/toast-store";

/** One run of the draft, followed while it works. */
export function TestRun({
  conversationId,
  fresh,
  stale,
  onStart,
}: {
  conversationId: string | null;
  /** The agent is not saved yet; it will be, to be run. */
  fresh: boolean;
  /** What is on the page is no longer what was tested. */
  stale: boolean;
  onStart(): Promise<void>;
}) {
  const { t } = useTranslation();
  const conversation = useConversation(conversationId);
  const [starting, setStarting] = useState(false);
  const [stopping, setStopping] = useState<string | null>(null);
  const last = conversation?.transcript.turns.at(-1);
  // The instructions are on the page already.
  const turn = useMemo(() => last && { ...last, prompt: null }, [last]);
  const open = starting || (conversationId !== null && !turn?.outcome && conversation?.loading !== "missing");
  const start = async () => {
    setStarting(true);
    await onStart();
    setStarting(false);
  };
  const stop = async () => {
    if (!turn) return;
    setStopping(turn.runId);
    try {
      await cancelRun(turn.runId);
    } catch (error) {
      setStopping(null);
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <section className="rounded-2xl border border-line" aria-labelledby="test-run">
      <div className="flex flex-wrap items-center justify-between gap-2 border-line border-b px-4 py-3">
        <h2 id="test-run" className="flex items-center gap-3 font-semibold">
          {t("agents.test.title")}
          {turn && (
            <span role="status" className="font-normal text-[0.875rem]">
              <StateLabel
                state={shownState({
                  state: turn.state,
                  proved: proved(turn.parts),
                  reason: turn.outcome?.reason,
                })}
              />
            </span>
          )}
        </h2>
        {open && turn ? (
          <Button size="sm" disabled={stopping === turn.runId} onClick={() => void stop()}>
            <CircleStop aria-hidden />
            {stopping === turn.runId ? t("agents.test.stopping") : t("agents.test.stop")}
          </Button>
        ) : (
          <Button size="sm" disabled={open} onClick={() => void start()}>
            <FlaskConical aria-hidden /> {turn ? t("agents.test.again") : t("agents.test.start")}
          </Button>
        )}
      </div>
      <div className="thin-scroll max-h-[70dvh] overflow-y-auto px-4" aria-live="off">
        {turn ? (
          <>
            <TurnView turn={turn} waits={false} onAgain={() => void start()} />
            {turn.outcome && (
              <p className="-mt-2 flex flex-wrap items-center justify-between gap-2 pb-4 text-[0.8125rem] text-muted">
                {stale && <span>{t("agents.test.stale")}</span>}
                <Link
                  to="/runs/$id"
                  params={{ id: turn.runId }}
                  className={buttonClass("quiet", "sm", "-ml-2.5")}
                >
                  {t("agents.test.open")}
                </Link>
              </p>
            )}
          </>
        ) : (
          <div className="space-y-2 py-4 text-[0.875rem] text-muted">
            <p>{t("agents.test.idle")}</p>
            <p>{fresh ? t("agents.test.textNew") : t("agents.test.text")}</p>
          </div>
        )}
      </div>
    </section>
  );
}

/** The verdict of the definition of done, as far as the events tell it. */
function proved(parts: readonly { type: string; checks?: readonly { met: boolean }[] }[]): boolean | null {
  const checks = parts.find((part) => part.type === "checks")?.checks;
  return checks && checks.length > 0 ? checks.every((result) => result.met) : null;
}
