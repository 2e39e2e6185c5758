import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { markAllRead, markRead, type Notification } from "~/api/notifications";
import { errorText } from "~/api/words";
import { toasts } from "~/ui/toast-store";

/** Marks notifications read: one that was opened, or all that are on the screen and older. */
export function useRead() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["notifications"] });
  return {
    one: (told: Notification) => {
      // That it stays bold for want of an answer is nothing to bother anyone with.
      if (told.read_at === null) void markRead(told.id).then(refresh, () => undefined);
    },
    all: async (newest: Notification | undefined) => {
      if (!newest) return;
      try {
        await markAllRead(newest.at);
        await refresh();
      } catch (error) {
        toasts.show(errorText(t, error), { tone: "bad" });
      }
    },
  };
}
