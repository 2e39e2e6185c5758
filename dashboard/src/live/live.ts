import { isAway } from "~/api/client";
import { Again } from "~/lib/again";
import { Following } from "./following";
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
  readonly #following: Following;
  readonly #opening = new Set<string>();
  readonly #again = new Again(() => this.#askAgain());
  #frames: ConversationFrame[] = [];
  #scheduled = false;
  /** The present socket has said that it is ready. */
  #greeted = false;
  connection: Connection = { phase: "connecting" };
  workspace: WorkspaceState | null = null;

  constructor(private readonly options: LiveOptions) {
    this.#outbox = new Outbox(options.storage);
    this.#socket = new LiveSocket(options.url, {
      onFrame: (frame) => this.#receive(frame),
      onConnection: (connection) => this.#connectionChanged(connection),
    });
    this.#following = new Following(this.#socket, (id) => this.conversation(id).transcript.lastSeq);
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

  /** The line is well, but what happens in conversations is told late. */
  get delayed(): boolean {
    return this.#following.delayed;
  }

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
    if (this.#following.has(id) || this.#opening.has(id)) return;
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
      this.#following.add(id);
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
    this.#following.clear();
    for (const [id, conversation] of this.#conversations) {
      if (conversation.loading === "ready") this.#following.add(id);
      else if (conversation.loading === "failed") void this.open(id);
    }
    for (const item of this.#outbox.items) if (!item.refused) this.#post(item);
  }

  #onError({ id, code, message }: Extract<ServerFrame, { type: "error" }>): void {
    if (id) this.#outbox.refuse(id, { code, message });
    else if (code === "store.unavailable") {
      this.#following.refused();
      this.#again.later();
    }
    this.#emit();
  }

  /** Asks again for what could not be had while the store was away. */
  #askAgain(): void {
    for (const [id, { loading, error }] of this.#conversations) {
      if (loading === "failed" && isAway(error)) void this.open(id);
    }
    if (!this.delayed) return;
    this.#following.again(() => {
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
    if (fresh) this.#following.add(id);
    this.#accepted.set(item.id, id);
    this.#outbox.remove(item.id);
    this.options.onActivity("accepted");
    this.#emit();
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

  /** Asks again for what is missing. */
  #mend(id: string): void {
    const known = this.conversation(id);
    if (known.loading !== "ready") return;
    if (!known.transcript.torn && !hasGap(known.transcript)) return;
    if (!this.#following.mayMend(id)) return;
    this.#conversations.set(id, { ...known, transcript: mended(known.transcript) });
    this.#following.add(id);
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
      this.#following.clear();
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
