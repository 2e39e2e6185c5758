/** For tests: a live connection whose server is a script. */
import { vi } from "vitest";
import { Live, type LiveOptions } from "./live";
import type { ClientFrame, ServerFrame, StoredEvent } from "./protocol";

/** A socket whose other end is the test. */
export class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = FakeSocket.OPEN;
  sent: ClientFrame[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(data: string) {
    this.sent.push(JSON.parse(data));
  }

  close() {
    this.readyState = 3;
    this.onclose?.();
  }

  say(frame: ServerFrame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  of<T extends ClientFrame["type"]>(type: T) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

export const READY: Extract<ServerFrame, { type: "ready" }> = {
  type: "ready",
  user_id: "u",
  workspace: "ready",
};

export class MemoryStorage implements Storage {
  #values = new Map<string, string>();
  get length() {
    return this.#values.size;
  }
  clear = () => this.#values.clear();
  getItem = (key: string) => this.#values.get(key) ?? null;
  key = (index: number) => [...this.#values.keys()][index] ?? null;
  removeItem = (key: string) => void this.#values.delete(key);
  setItem = (key: string, value: string) => void this.#values.set(key, value);
}

export function event(seq: number, run = "r1"): StoredEvent {
  return {
    seq,
    run_id: run,
    at: "2026-01-01T00:00:00Z",
    event: { kind: "text", block: seq, text: `text ${seq}` },
  };
}

export function make(over: Partial<LiveOptions> = {}) {
  let ids = 0;
  const live = new Live({
    url: "ws://test",
    storage: new MemoryStorage(),
    history: async () => ({ items: [], more: false }),
    onActivity: () => {},
    onLost: () => {},
    schedule: (flush) => flush(),
    newId: () => `m${++ids}`,
    now: () => "2026-01-01T00:00:00Z",
    ...over,
  });
  live.connect();
  return live;
}

export const socket = () => FakeSocket.all.at(-1) as FakeSocket;

/** A fresh network, and a clock that the test turns. */
export function setUp(): void {
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.useFakeTimers();
}
