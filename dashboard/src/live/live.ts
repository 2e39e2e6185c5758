import { isAway } from "~/api/client";
import { Again } from "~/lib/again";
import { Outbox, type Unsent } from "./outbox";
import type { ServerFrame, StoredEvent, WorkspaceState } from "./protocol";
import { type Connection, LiveSocket } from "./socket";
import {
  applyAccepted,
  applyDelta,
  applyEvents,
  emptyTranscript,
  hasGap,
  mended,
  type Transcript,
} from "./transcript";

export type Loading = "loading" | "ready" | "missing" | "failed";

export interface LiveConversation {
  transcript: Transcript;
  loading: Loading;
  /** Why it has failed. */
  error: unknown;
}

export interface LiveOptions {
  url: string;
  storage: Storage;
  /** Stored events after `after`, and whether there are more; null when the conversation does not exist. */
  history(conversationId: string, after: number): Promise<{ items: StoredEvent[]; more: boolean } | null>;
  /** Something changed that lists and figures elsewhere may show. */
  onActivity(kind: "accepted" | "message" | "finished" | "file" | "ready"): void;
  onLost(): void;
  /** Runs `flush` soon, at most once a frame. */
  schedule(flush: () => void): void;
  newId(): string;
  now(): string;
}

const NOTHING: LiveConversation = { transcript: emptyTranscript, loading: "loading", error: null };

const MEND_EVERY_MS = 1_000;

type ConversationFrame = Extract<ServerFrame, { type: "event" | "delta" }>;

/**
 * The app's one live connection: transcripts of the conversations seen so far, messages on their way, and what the
 * connection is doing. React reads it through `useSyncExternalStore`.
 */
export class Live {
  readonly #socket: LiveSocket;
  readonly #outbox: Outbox;
  readonly #conversations = new Map<string, LiveConversation>();
  readonly #listeners = new Set<() => void>();
  readonly #accepted = new Map<string, string>();
  /** Conversations the present socket already follows. */
  readonly #followed = new Set<string>();
  readonly #opening = new Set<string>();
  readonly #askedAt = new Map<string, number>();
  readonly #again = new Again(() => this.#askAgain());
  /** The store was away for a subscription since they were last asked for. */
  #refused = false;
  #frames: ConversationFrame[] = [];
  #scheduled = false;
  /** The present socket has said that it is ready. */
  #greeted = false;
  connection: Connection = { phase: "connecting" };
  /** The store was away for a subscription: the line is well, but what happens is told late. */
  delayed = false;
  workspace: WorkspaceState | null = null;

  constructor(private readonly options: LiveOptions) {
    this.#outbox = new Outbox(options.storage);
    this.#socket = new LiveSocket(options.url, {
      onFrame: (frame) => this.#receive(frame),
      onConnection: (connection) => this.#connectionChanged(connection),
    });
  }

  connect = (): void => this.#socket.connect();
  close = (): void => {
    this.#again.done();
    this.#socket.close();
  };
  /** Ends every wait between two tries: there is reason to hope. */
  retryNow = (): void => {
    this.#socket.retryNow();
    this.#again.now();
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  conversation = (id: string): LiveConversation => this.#conversations.get(id) ?? NOTHING;
  unsent = (): readonly Unsent[] => this.#outbox.items;
  /** The conversation a sent message was put in, once the server has said so. */
  acceptedIn = (messageId: string): string | undefined => this.#accepted.get(messageId);

  /** Work waits for the workspace to come from another machine. */
  moving = (): boolean =>
    [...this.#conversations.values()].some(({ transcript }) =>
      transcript.turns.some((turn) => turn.outcome === null && turn.status === "moving_workspace"),
    );

  /** Loads what is missing of a conversation, then follows it. */
  async open(id: string): Promise<void> {
    if (this.#followed.has(id) || this.#opening.has(id)) return;
    this.#opening.add(id);
    if (!this.#conversations.has(id)) this.#put(id, NOTHING);
    try {
      for (let more = true; more; ) {
        const { transcript } = this.conversation(id);
        const page = await this.options.history(id, transcript.lastSeq);
        if (!page) return this.#put(id, { transcript, loading: "missing", error: null });
        const next = applyEvents(this.conversation(id).transcript, page.items);
        more = page.more && next.lastSeq > transcript.lastSeq;
        this.#put(id, { transcript: next, loading: more ? "loading" : "ready", error: null });
      }
      this.#follow(id);
    } catch (error) {
      this.#put(id, { ...this.conversation(id), loading: "failed", error });
      if (isAway(error)) this.#again.later();
    } finally {
      this.#opening.delete(id);
      this.#settle();
    }
  }

  /** Sends a message, now or as soon as there is a connection. Answers its id. */
  send(conversationId: string | null, content: string): string {
    const item: Unsent = {
      id: this.options.newId(),
      conversationId,
      content,
      at: this.options.now(),
      refused: null,
    };
    this.#outbox.add(item);
    this.#post(item);
    this.#emit();
    return item.id;
  }

  resend(id: string): void {
    this.#outbox.refuse(id, null);
    const item = this.#outbox.find(id);
    if (item) this.#post(item);
    this.#emit();
  }

  discard(id: string): void {
    this.#outbox.remove(id);
    this.#emit();
  }

  interrupt(conversationId: string): boolean {
    return this.#socket.send({ type: "interrupt", conversation_id: conversationId });
  }

  #post(item: Unsent): void {
    this.#socket.send({
      type: "message",
      id: item.id,
      conversation_id: item.conversationId,
      agent_id: null,
      content: item.content,
    });
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "ready":
        this.#ready(frame.workspace);
        break;
      case "accepted":
        this.#onAccepted(frame);
        break;
      case "event":
      case "delta":
        this.#frames.push(frame);
        this.#wake();
        break;
      case "error":
        this.#onError(frame);
        break;
    }
  }

  /** The first frame of a connection; it comes again whenever the workspace's state changes. */
  #ready(workspace: WorkspaceState): void {
    this.workspace = workspace;
    this.options.onActivity("ready");
    if (!this.#greeted) this.#resume();
    this.#emit();
  }

  /** On a fresh connection: follow again what is open, send again what was not accepted. */
  #resume(): void {
    this.#greeted = true;
    this.#followed.clear();
    for (const [id, conversation] of this.#conversations) {
      if (conversation.loading === "ready") this.#follow(id);
      else if (conversation.loading === "failed") void this.open(id);
    }
    for (const item of this.#outbox.items) if (!item.refused) this.#post(item);
  }

  #onError({ id, code, message }: Extract<ServerFrame, { type: "error" }>): void {
    if (id) this.#outbox.refuse(id, { code, message });
    else if (code === "store.unavailable") {
      this.#refused = true;
      this.delayed = true;
      this.#again.later();
    }
    this.#emit();
  }

  /**
   * Asks again for what could not be had. Which subscription was refused is not said, and asking twice for one changes nothing:
   * each goes on after the last event known. One that is taken has no answer of its own, so a ping tells.
   */
  #askAgain(): void {
    for (const [id, { loading, error }] of this.#conversations) {
      if (loading === "failed" && isAway(error)) void this.open(id);
      else if (loading === "ready" && this.delayed) this.#follow(id);
    }
    if (!this.delayed) return;
    this.#refused = false;
    this.#socket.ping(() => {
      if (this.#refused) return;
      this.delayed = false;
      this.#settle();
      this.#emit();
    });
  }

  #settle(): void {
    const away = [...this.#conversations.values()].some(({ error }) => isAway(error));
    if (!away && !this.delayed) this.#again.done();
  }

  #onAccepted(frame: Extract<ServerFrame, { type: "accepted" }>): void {
    const item = this.#outbox.find(frame.id);
    if (!item) return;
    const id = frame.conversation_id;
    const fresh = item.conversationId === null && !this.#conversations.has(id);
    const known = this.conversation(id);
    const transcript = applyAccepted(known.transcript, {
      runId: frame.run_id,
      id: item.id,
      content: item.content,
      at: item.at,
    });
    this.#conversations.set(id, { ...known, transcript, loading: fresh ? "ready" : known.loading });
    if (fresh) this.#follow(id);
    this.#accepted.set(item.id, id);
    this.#outbox.remove(item.id);
    this.options.onActivity("accepted");
    this.#emit();
  }

  #follow(id: string): void {
    const { transcript } = this.conversation(id);
    const sent = this.#socket.send({ type: "subscribe", conversation_id: id, after: transcript.lastSeq });
    if (sent) this.#followed.add(id);
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.options.schedule(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Applies everything that came since the last frame in one go: one render, however fast the text comes. */
  #flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    const touched = new Set<string>();
    for (const frame of frames) {
      const known = this.#conversations.get(frame.conversation_id);
      this.#announce(frame);
      if (!known) continue;
      const transcript =
        frame.type === "event" ? applyEvents(known.transcript, [frame]) : applyDelta(known.transcript, frame);
      if (transcript === known.transcript) continue;
      this.#conversations.set(frame.conversation_id, { ...known, transcript });
      touched.add(frame.conversation_id);
    }
    for (const id of touched) this.#mend(id);
    if (touched.size > 0) this.#emit();
  }

  /** Asks again for what is missing, but leaves the answer time to come. */
  #mend(id: string): void {
    const known = this.conversation(id);
    if (known.loading !== "ready") return;
    if (!known.transcript.torn && !hasGap(known.transcript)) return;
    const now = performance.now();
    if (now - (this.#askedAt.get(id) ?? Number.NEGATIVE_INFINITY) < MEND_EVERY_MS) return;
    this.#askedAt.set(id, now);
    this.#conversations.set(id, { ...known, transcript: mended(known.transcript) });
    this.#follow(id);
  }

  #announce(frame: ConversationFrame): void {
    if (frame.type !== "event") return;
    const { kind } = frame.event;
    if (kind === "message" || kind === "finished" || kind === "file") this.options.onActivity(kind);
  }

  #connectionChanged(connection: Connection): void {
    this.connection = connection;
    if (connection.phase === "waiting") {
      this.#greeted = false;
      this.#followed.clear();
      this.delayed = false;
      this.#settle();
      this.options.onLost();
    }
    this.#emit();
  }

  #put(id: string, conversation: LiveConversation): void {
    this.#conversations.set(id, conversation);
    this.#emit();
  }

  #emit(): void {
    for (const listener of this.#listeners) listener();
  }
}
