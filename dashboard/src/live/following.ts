import type { LiveSocket } from "./socket";

const MEND_EVERY_MS = 1_000;

/** What the present socket is asked to follow, each conversation from the last event known on. */
export class Following {
  readonly #followed = new Set<string>();
  readonly #mendedAt = new Map<string, number>();
  /** The store was away for one of them since they were last asked for. */
  #refused = false;
  /** The line is well, but what happens is told late: the store is away. */
  delayed = false;

  constructor(
    private readonly socket: LiveSocket,
    private readonly lastSeq: (id: string) => number,
  ) {}

  has(id: string): boolean {
    return this.#followed.has(id);
  }

  add(id: string): void {
    const sent = this.socket.send({ type: "subscribe", conversation_id: id, after: this.lastSeq(id) });
    if (sent) this.#followed.add(id);
  }

  /** Whether something missing may be asked for again: the answer to the last time is left time to come. */
  mayMend(id: string): boolean {
    const now = performance.now();
    if (now - (this.#mendedAt.get(id) ?? Number.NEGATIVE_INFINITY) < MEND_EVERY_MS) return false;
    this.#mendedAt.set(id, now);
    return true;
  }

  /** A fresh socket follows nothing. */
  clear(): void {
    this.#followed.clear();
    this.delayed = false;
  }

  refused(): void {
    this.#refused = true;
    this.delayed = true;
  }

  /**
   * Asks for all again, since which one was refused is not said; twice for one changes nothing. What is taken has no answer of
   * its own, so that of a ping tells.
   */
  again(taken: () => void): void {
    this.#refused = false;
    for (const id of this.#followed) this.add(id);
    this.socket.ping(() => {
      if (this.#refused) return;
      this.delayed = false;
      taken();
    });
  }
}
