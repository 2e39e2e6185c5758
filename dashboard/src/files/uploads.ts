import { type Upload, upload } from "~/api/files";
import { uuidv7 } from "~/lib/ids";

/** More at once would only make each slower. */
const AT_ONCE = 3;

export interface UploadItem {
  id: string;
  name: string;
  folder: string;
  size: number;
  sent: number;
  state: "waiting" | "sending" | "done" | "cancelled" | "failed";
  error: unknown;
}

/** Uploads of the Files screen. They belong to the app, not to the screen, so that they go on while one looks elsewhere. */
class Uploads {
  #items: readonly UploadItem[] = [];
  readonly #files = new Map<string, File>();
  readonly #running = new Map<string, Upload>();
  readonly #listeners = new Set<() => void>();
  onDone: () => void = () => {};

  items = (): readonly UploadItem[] => this.#items;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  add(folder: string, files: readonly File[]): void {
    const added = files.map((file): UploadItem => {
      const id = uuidv7();
      this.#files.set(id, file);
      return { id, name: file.name, folder, size: file.size, sent: 0, state: "waiting", error: null };
    });
    this.#set([...this.#items, ...added]);
    this.#next();
  }

  cancel(id: string): void {
    this.#running.get(id)?.cancel();
    this.#change(id, { state: "cancelled" });
    this.#next();
  }

  retry(id: string): void {
    this.#change(id, { state: "waiting", sent: 0, error: null });
    this.#next();
  }

  clear(): void {
    const going = this.#items.filter((item) => item.state === "waiting" || item.state === "sending");
    for (const item of this.#items) if (!going.includes(item)) this.#files.delete(item.id);
    this.#set(going);
  }

  #next(): void {
    const waiting = this.#items.find((item) => item.state === "waiting");
    const file = waiting && this.#files.get(waiting.id);
    if (!file || this.#running.size >= AT_ONCE) return;
    void this.#send(waiting, file);
    this.#next();
  }

  async #send(item: UploadItem, file: File): Promise<void> {
    this.#change(item.id, { state: "sending" });
    const path = item.folder ? `${item.folder}/${item.name}` : item.name;
    const started = upload(path, file, (sent) => this.#change(item.id, { sent }));
    this.#running.set(item.id, started);
    try {
      await started.done;
      this.#change(item.id, { state: "done", sent: item.size });
      this.onDone();
    } catch (error) {
      const cancelled = error instanceof DOMException && error.name === "AbortError";
      this.#change(item.id, cancelled ? { state: "cancelled" } : { state: "failed", error });
    } finally {
      this.#running.delete(item.id);
      this.#next();
    }
  }

  #change(id: string, next: Partial<UploadItem>): void {
    this.#set(this.#items.map((item) => (item.id === id ? { ...item, ...next } : item)));
  }

  #set(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

export const uploads = new Uploads();
