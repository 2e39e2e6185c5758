import { toasts } from "./toast-store";

const GRACE_MS = 6_000;

interface Pending {
  commit(): void;
  timer: number;
}

const pending = new Map<string, Pending>();

// Leaving the page is not taking it back: what was deleted is deleted.
globalThis.addEventListener?.("pagehide", () => {
  for (const [key, { commit, timer }] of pending) {
    clearTimeout(timer);
    pending.delete(key);
    commit();
  }
});

/**
 * Deletes later: `hide` takes the thing off the screen at once, `commit` really deletes it when the time for "undo" is over
 * (it must use `keepalive`, because it may run while the page goes away), `show` brings it back.
 */
export function deleteWithUndo(
  key: string,
  words: { text: string; undo: string },
  act: { hide(): void; show(): void; commit(): void },
): void {
  if (pending.has(key)) return;
  act.hide();
  const timer = window.setTimeout(() => {
    pending.delete(key);
    act.commit();
  }, GRACE_MS);
  pending.set(key, { commit: act.commit, timer });
  toasts.show(words.text, {
    lifeMs: GRACE_MS - 200,
    action: {
      label: words.undo,
      run: () => {
        clearTimeout(timer);
        if (pending.delete(key)) act.show();
      },
    },
  });
}
