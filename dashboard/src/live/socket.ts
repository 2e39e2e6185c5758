import { backoffMs } from "~/lib/backoff";
import { type ClientFrame, parseFrame, type ServerFrame } from "./protocol";

const PING_MS = 20_000;
/** No frame at all for this long after a ping means that the line is dead, whatever TCP says. */
const SILENCE_MS = 10_000;

export type Connection =
  | { phase: "connecting" }
  | { phase: "open" }
  | { phase: "waiting"; attempt: number; retryAt: number };

export interface SocketHandlers {
  onFrame(frame: ServerFrame): void;
  onConnection(connection: Connection): void;
}

/** One WebSocket that comes back by itself. What to say after it came back is the caller's business (`ready`). */
export class LiveSocket {
  #socket: WebSocket | null = null;
  #attempt = 0;
  #timers = { retry: 0, ping: 0, silence: 0 };
  /** Who waits for the answer to a ping, in the order of the pings. */
  #pongs: (() => void)[] = [];
  #closed = false;
  connection: Connection = { phase: "connecting" };

  constructor(
    private readonly url: string,
    private readonly handlers: SocketHandlers,
  ) {}

  connect(): void {
    this.#clearTimers();
    this.#closed = false;
    this.#pongs = [];
    this.#change({ phase: "connecting" });
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => this.#beat();
    socket.onmessage = (message) => this.#receive(parseFrame(message.data));
    socket.onclose = () => this.#lost(socket);
  }

  /** Ends the wait between two tries, for instance because the network came back. */
  retryNow(): void {
    if (this.connection.phase === "waiting") this.connect();
  }

  /** True when the frame went out; frames are never queued here, because resending belongs to their owners. */
  send(frame: ClientFrame): boolean {
    if (this.connection.phase !== "open" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Frames are answered in order: when `answered` is called, everything sent before has been carried out or refused. */
  ping(answered: () => void): void {
    if (this.send({ type: "ping" })) this.#pongs.push(answered);
  }

  close(): void {
    this.#closed = true;
    this.#clearTimers();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #receive(frame: ServerFrame | null): void {
    clearTimeout(this.#timers.silence);
    this.#timers.silence = 0;
    if (!frame) return;
    if (frame.type === "ready") {
      this.#attempt = 0;
      this.#change({ phase: "open" });
    }
    if (frame.type === "pong") this.#pongs.shift()?.();
    else this.handlers.onFrame(frame);
  }

  #beat(): void {
    this.#timers.ping = window.setInterval(() => {
      this.ping(() => {});
      if (this.#timers.silence) return;
      this.#timers.silence = window.setTimeout(() => this.#drop(), SILENCE_MS);
    }, PING_MS);
  }

  /** A dead line may take minutes to report its close, so its successor does not wait for that. */
  #drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.#lost(socket);
  }

  #lost(socket: WebSocket): void {
    if (this.#closed || socket !== this.#socket) return;
    this.#socket = null;
    this.#clearTimers();
    const delay = backoffMs(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#change({ phase: "waiting", attempt: this.#attempt, retryAt: Date.now() + delay });
    this.#timers.retry = window.setTimeout(() => this.connect(), delay);
  }

  #clearTimers(): void {
    clearTimeout(this.#timers.retry);
    clearInterval(this.#timers.ping);
    clearTimeout(this.#timers.silence);
    this.#timers = { retry: 0, ping: 0, silence: 0 };
  }

  #change(connection: Connection): void {
    this.connection = connection;
    this.handlers.onConnection(connection);
  }
}
