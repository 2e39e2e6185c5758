export interface ToastItem {
  id: number;
  text: string;
  tone: "plain" | "bad";
  lifeMs: number;
  action: { label: string; run(): void } | null;
}

const LIFE_MS = 6_000;

function create() {
  let items: readonly ToastItem[] = [];
  let nextId = 1;
  const listeners = new Set<() => void>();
  const set = (next: readonly ToastItem[]) => {
    items = next;
    for (const listener of listeners) listener();
  };
  return {
    items: () => items,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show(text: string, options: Partial<Pick<ToastItem, "tone" | "action" | "lifeMs">> = {}) {
      const item = { id: nextId++, text, tone: "plain" as const, lifeMs: LIFE_MS, action: null, ...options };
      // Three at a time: more than that is noise.
      set([...items.slice(-2), item]);
      return item.id;
    },
    close: (id: number) => set(items.filter((item) => item.id !== id)),
  };
}

export const toasts = create();
