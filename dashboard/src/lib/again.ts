import { backoffMs } from "./backoff";

/** Something that is tried until it goes well, with growing waits between the tries: about a second, then twice as long, at most 15 s. */
export class Again {
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly act: () => void) {}

  /** A try lies ahead. */
  get waits(): boolean {
    return this.#timer !== null;
  }

  /** It went wrong: plans the next try, unless there is one. */
  later(): void {
    if (this.waits) return;
    this.#tries += 1;
    this.#timer = setTimeout(() => this.now(), backoffMs(this.#tries, Math.random()));
  }

  /** Ends the wait, where there is one. */
  now(): void {
    if (!this.waits) return;
    this.#clear();
    this.act();
  }

  /** It went well, or is not wanted any more. */
  done(): void {
    this.#clear();
    this.#tries = 0;
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
