/** Text of a file as it was left, and the version of the file that it began from. */
export interface Draft {
  text: string;
  etag: string | null;
}

const PREFIX = "berth.file.";

/**
 * What was changed in files and not saved. A draft outlives the editor, so that one may look elsewhere, and a reload; while there is
 * one, closing the tab asks first, because closing is what it does not outlive.
 */
export class Drafts {
  readonly #drafts = new Map<string, Draft>();
  readonly #listeners = new Set<() => void>();
  readonly #storage: Storage;
  #paths: readonly string[] = [];

  constructor(storage: Storage) {
    this.#storage = storage;
    for (const key of Object.keys(storage)) {
      const draft = key.startsWith(PREFIX) ? parsed(storage.getItem(key)) : null;
      if (draft) this.#drafts.set(key.slice(PREFIX.length), draft);
    }
    this.#told();
  }

  /** The paths of all drafts; the same array until one comes or goes. */
  paths = (): readonly string[] => this.#paths;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get(path: string): Draft | null {
    return this.#drafts.get(path) ?? null;
  }

  keep(path: string, draft: Draft): void {
    const known = this.#drafts.has(path);
    this.#drafts.set(path, draft);
    try {
      this.#storage.setItem(PREFIX + path, JSON.stringify(draft));
    } catch {
      // Too large for the browser to keep: it is still there until the tab is closed.
    }
    if (!known) this.#told();
  }

  drop(path: string): void {
    this.#storage.removeItem(PREFIX + path);
    if (this.#drafts.delete(path)) this.#told();
  }

  /** Follows a file or folder that has a new name. */
  move(from: string, to: string): void {
    for (const [path, draft] of [...this.#drafts]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.drop(path);
      this.keep(to + path.slice(from.length), draft);
    }
  }

  #told(): void {
    this.#paths = [...this.#drafts.keys()];
    for (const listener of this.#listeners) listener();
  }
}

function parsed(stored: string | null): Draft | null {
  try {
    const value: unknown = JSON.parse(stored ?? "");
    if (typeof value !== "object" || value === null || !("text" in value)) return null;
    const { text, etag = null } = value as { text: unknown; etag?: unknown };
    return typeof text === "string" ? { text, etag: typeof etag === "string" ? etag : null } : null;
  } catch {
    return null;
  }
}

export const drafts = new Drafts(sessionStorage);

addEventListener("beforeunload", (event) => {
  if (drafts.paths().length > 0) event.preventDefault();
});
