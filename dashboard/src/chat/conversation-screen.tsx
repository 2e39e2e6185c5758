import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessageSquareOff, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, client } from "~/api/client";
import { errorText } from "~/api/words";
import { useGradually } from "~/lib/use-gradually";
import { useConversation, useDelayed, useLive, useUnsent } from "~/live/context";
import { activeTurn, emptyTranscript, type Turn } from "~/live/transcript";
import { Calm } from "~/shell/page-error";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { useDropZone } from "~/ui/use-drop-zone";
import { Announcer } from "./announcer";
import { Composer } from "./composer";
import { SaveAction } from "./save-action";
import { StatusBar } from "./status-bar";
import { TranscriptView } from "./transcript-view";
import { TurnView } from "./turn-view";
import { UnsentMessage } from "./unsent-message";
import { useAttachments } from "./use-attachments";
import { Welcome } from "./welcome";

/** Turns before these are only laid out when they come into view. */
const ALWAYS_LAID_OUT = 3;

export function ConversationScreen({ id }: { id: string | null }) {
  const { t } = useTranslation();
  const live = useLive();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const conversation = useConversation(id);
  const unsent = useUnsent().filter((item) => item.conversationId === id);
  const attachments = useAttachments();
  const composer = useRef<{ focus(): void }>(null);
  const [stoppingRun, setStoppingRun] = useState<string | null>(null);
  const [pin, setPin] = useState("");
  const delayed = useDelayed();
  useEffect(() => {
    // A refusal of the socket does not name what was refused: the wish to stop may have been it.
    if (delayed) setStoppingRun(null);
  }, [delayed]);
  const drop = useDropZone((files) => void attachments.add(files));
  useFollowNew(id, pin);
  useEffect(() => {
    if (id === null || takesOver !== id) return;
    takesOver = null;
    composer.current?.focus();
  }, [id]);

  const transcript = conversation?.transcript ?? emptyTranscript;
  const active = activeTurn(transcript);
  const held = useGradually(id, transcript.turns.length, conversation?.loading !== "loading");
  const empty = transcript.turns.length === 0 && unsent.length === 0;

  const send = (content: string) => {
    setPin(live.send(id, content));
    composer.current?.focus();
  };
  const stop = async () => {
    if (!active || !id) return;
    setStoppingRun(active.runId);
    if (!delayed && live.interrupt(id)) return;
    try {
      await answer(client.POST("/api/runs/{id}/cancel", { params: { path: { id: active.runId } } }));
      void queries.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      setStoppingRun(null);
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };

  if (conversation?.loading === "missing") {
    return (
      <Calm
        icon={<MessageSquareOff />}
        title={t("chat.missingTitle")}
        action={
          <Button look="primary" onClick={() => void navigate({ to: "/chat" })}>
            {t("chat.new")}
          </Button>
        }
      >
        {t("chat.missingText")}
      </Calm>
    );
  }

  return (
    <div className="relative flex min-h-0 flex-1 flex-col" {...drop.handlers}>
      <Announcer turn={transcript.turns.at(-1) ?? null} />
      {id === null && empty ? (
        <Welcome onSend={send} />
      ) : (
        <TranscriptView
          pin={`${id}:${conversation?.loading}:${pin}`}
          held={held}
          label={t("chat.transcript")}
        >
          {conversation?.loading === "loading" && held === transcript.turns.length && (
            <p className="py-10 text-center text-muted">{t("chat.loading")}</p>
          )}
          {conversation?.loading === "failed" && (
            <div className="pt-6">
              <ErrorNotice error={conversation.error} onRetry={() => id && void live.open(id)} />
            </div>
          )}
          {transcript.turns.slice(held).map((turn, index, shown) => (
            <div key={turn.runId} className={index < shown.length - ALWAYS_LAID_OUT ? LAZY : undefined}>
              <TurnView turn={turn} waits={waits(turn, active)} />
            </div>
          ))}
          {id && unsent.length === 0 && <SaveAction conversationId={id} transcript={transcript} />}
          {unsent.map((item) => (
            <UnsentMessage key={item.id} item={item} />
          ))}
        </TranscriptView>
      )}
      <Composer
        ref={composer}
        conversationId={id}
        attachments={attachments}
        busy={active !== null}
        stopping={active !== null && stoppingRun === active.runId}
        blocked={id === null && unsent.some((item) => !item.refused)}
        onSend={send}
        onStop={() => void stop()}
      />
      <StatusBar turns={transcript.turns} active={active} />
      {drop.over && (
        <div className="pointer-events-none absolute inset-2 z-10 grid place-items-center rounded-2xl border-2 border-accent border-dashed bg-accent-soft/95 text-accent">
          <span className="flex items-center gap-2 font-medium">
            <Upload aria-hidden className="size-5" /> {t("composer.drop")}
          </span>
        </div>
      )}
    </div>
  );
}

const LAZY = "[content-visibility:auto] [contain-intrinsic-size:auto_24rem]";

function waits(turn: Turn, active: Turn | null): boolean {
  return turn.outcome === null && turn.state === "queued" && active !== null && active !== turn;
}

/** The conversation that takes over from the screen of a new one, and the focus with it. */
let takesOver: string | null = null;

/** The first message of a new conversation: once the server has put it somewhere, that is where to be. */
function useFollowNew(id: string | null, sent: string): void {
  const live = useLive();
  const navigate = useNavigate();
  useUnsent();
  const waiting = live.unsent().find((item) => item.conversationId === null)?.id ?? "";
  const [watched, setWatched] = useState("");
  const message = sent || watched;
  const target = id === null && message ? live.acceptedIn(message) : undefined;
  useEffect(() => {
    if (id === null && waiting) setWatched(waiting);
  }, [id, waiting]);
  useEffect(() => {
    if (!target) return;
    takesOver = target;
    void navigate({ to: "/chat/$id", params: { id: target }, replace: true });
  }, [target, navigate]);
}
