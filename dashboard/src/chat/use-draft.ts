import { useCallback, useState } from "react";

const key = (conversationId: string | null) => `berth.draft.${conversationId ?? "new"}`;

/** What is being written, kept in the tab so that neither a reload nor a look elsewhere loses it. */
export function useDraft(conversationId: string | null): [string, (text: string) => void] {
  const [text, setText] = useState(() => read(conversationId));
  const write = useCallback(
    (next: string) => {
      setText(next);
      try {
        if (next) sessionStorage.setItem(key(conversationId), next);
        else sessionStorage.removeItem(key(conversationId));
      } catch {
        // The text then lives only as long as the page.
      }
    },
    [conversationId],
  );
  return [text, write];
}

function read(conversationId: string | null): string {
  try {
    return sessionStorage.getItem(key(conversationId)) ?? "";
  } catch {
    return "";
  }
}
