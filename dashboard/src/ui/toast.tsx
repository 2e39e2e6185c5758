import { Toast } from "radix-ui";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { toasts } from "./toast-store";

/** Short notices in the corner; those with an action stay as long as the action can be taken. */
export function Toasts() {
  const { t } = useTranslation();
  const items = useSyncExternalStore(toasts.subscribe, toasts.items);
  return (
    <Toast.Provider label={t("toast.region")} swipeDirection="down">
      {items.map((item) => (
        <Toast.Root
          key={item.id}
          duration={item.lifeMs}
          onOpenChange={(open) => !open && toasts.close(item.id)}
          className={`rise flex items-center justify-between gap-3 rounded-xl border border-line bg-raised py-2 pr-2 pl-4 shadow-float ${item.tone === "bad" ? "text-bad" : ""}`}
        >
          <Toast.Description className="py-1.5">{item.text}</Toast.Description>
          {item.action && (
            <Toast.Action asChild altText={item.action.label}>
              <Button size="sm" onClick={item.action.run}>
                {item.action.label}
              </Button>
            </Toast.Action>
          )}
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed right-4 bottom-20 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 md:bottom-4" />
    </Toast.Provider>
  );
}
