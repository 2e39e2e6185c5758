/** A message the server has not accepted yet. Its id is the client's, so sending it again makes no second run. */
export interface Unsent {
  id: string;
  /** The conversation, or null for the first message of a new one. */
  conversationId: string | null;
  content: string;
  at: string;
  /** Why the server refused it, or null while it is on its way. */
  refused: { code: string; message: string } | null;
}

const KEY = "berth.outbox";

/** Unsent messages, kept in the tab's session storage so that a reload loses nothing. */
export class Outbox {
  #items: Unsent[];
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#items = read(storage);
  }

  get items(): readonly Unsent[] {
    return this.#items;
  }

  find(id: string): Unsent | undefined {
    return this.#items.find((item) => item.id === id);
  }

  add(item: Unsent): void {
    this.#write([...this.#items, item]);
  }

  remove(id: string): void {
    this.#write(this.#items.filter((item) => item.id !== id));
  }

  refuse(id: string, refused: Unsent["refused"]): void {
    this.#write(this.#items.map((item) => (item.id === id ? { ...item, refused } : item)));
  }

  #write(items: Unsent[]): void {
    this.#items = items;
    try {
      this.#storage.setItem(KEY, JSON.stringify(items));
    } catch {
      // A full or refused storage costs only the safety against a reload.
    }
  }
}

function read(storage: Storage): Unsent[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(isUnsent) : [];
  } catch {
    return [];
  }
}

function isUnsent(value: unknown): value is Unsent {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Unsent).id === "string" &&
    typeof (value as Unsent).content === "string"
  );
}
