import { useQuery } from "@tanstack/react-query";
import { Bell as BellIcon } from "lucide-react";
import { Popover } from "radix-ui";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { recentNotificationsQuery } from "~/api/notifications";
import { Button } from "~/ui/button";

const MOST = 99;

const load = () => import("./bell-panel");

const BellPanel = lazy(() => load().then((module) => ({ default: module.BellPanel })));

/** On the way to being pressed; if it fails, it is fetched again then. */
const preload = () => void load().catch(() => undefined);

/** What there is to tell, one press away from everywhere. */
export function Bell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data } = useQuery(recentNotificationsQuery);
  const unread = data?.unread ?? 0;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button
          size="icon"
          look="quiet"
          className="relative"
          title={t("notifications.title")}
          onPointerEnter={preload}
          onFocus={preload}
        >
          <BellIcon aria-hidden />
          <span className="sr-only">{t("notifications.bell", { count: unread })}</span>
          {unread > 0 && (
            <span
              aria-hidden
              className="figures absolute top-0.5 right-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-accent px-1 font-semibold text-[0.6875rem] text-on-accent leading-none"
            >
              {unread > MOST ? `${MOST}+` : unread}
            </span>
          )}
        </Button>
      </Popover.Trigger>
      <Suspense>{open && <BellPanel onClose={() => setOpen(false)} />}</Suspense>
    </Popover.Root>
  );
}
