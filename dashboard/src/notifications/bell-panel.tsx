import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CheckCheck, Settings } from "lucide-react";
import { Popover } from "radix-ui";
import { useTranslation } from "react-i18next";
import { recentNotificationsQuery } from "~/api/notifications";
import { useNow } from "~/lib/hooks";
import { Button, buttonClass } from "~/ui/button";
import { NotificationRow } from "./notification-row";
import { useRead } from "./use-read";

/** What the bell opens. */
export function BellPanel({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Popover.Portal>
      <Popover.Content
        align="end"
        sideOffset={6}
        collisionPadding={8}
        aria-label={t("notifications.title")}
        className="rise z-40 flex max-h-[min(36rem,calc(100dvh-5rem))] w-[min(26rem,calc(100vw-1rem))] flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-float"
      >
        <List onClose={onClose} />
      </Popover.Content>
    </Popover.Portal>
  );
}

function List({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { data } = useQuery(recentNotificationsQuery);
  const read = useRead();
  const now = useNow(30_000);
  const items = data?.items ?? [];
  return (
    <>
      <div className="flex items-center justify-between gap-2 border-line border-b py-1.5 pr-1.5 pl-4">
        <h2 className="font-semibold text-[0.9375rem]">{t("notifications.title")}</h2>
        <span className="flex">
          {(data?.unread ?? 0) > 0 && (
            <Button look="quiet" size="sm" onClick={() => void read.all(items[0])}>
              <CheckCheck aria-hidden /> {t("notifications.readAll")}
            </Button>
          )}
          <Link
            to="/settings"
            hash="notifications"
            onClick={onClose}
            className={buttonClass("quiet", "icon", "size-8")}
            aria-label={t("notifications.settings")}
            title={t("notifications.settings")}
          >
            <Settings />
          </Link>
        </span>
      </div>
      {items.length === 0 ? (
        <p className="px-4 py-6 text-[0.875rem] text-muted">{t("notifications.emptyText")}</p>
      ) : (
        <ul tabIndex={-1} className="thin-scroll min-h-0 flex-1 divide-y divide-line overflow-y-auto">
          {items.map((told) => (
            <NotificationRow
              key={told.id}
              told={told}
              now={now}
              onOpen={() => {
                read.one(told);
                if (told.run_id || told.agent_id) onClose();
              }}
            />
          ))}
        </ul>
      )}
      <Link
        to="/notifications"
        onClick={onClose}
        className="border-line border-t px-4 py-2.5 text-center text-[0.875rem] text-accent outline-offset-[-3px] hover:bg-hover"
      >
        {t("notifications.all")}
      </Link>
    </>
  );
}
