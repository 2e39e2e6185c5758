import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bell, CheckCheck, Settings } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notificationsQuery } from "~/api/notifications";
import { useNow } from "~/lib/hooks";
import { Calm } from "~/shell/page-error";
import { Button, buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Segments } from "~/ui/segments";
import { NotificationRow } from "./notification-row";
import { useRead } from "./use-read";

/** Everything that was told, newest first. */
export function NotificationsPage() {
  const { t } = useTranslation();
  const [shown, setShown] = useState<"all" | "unread">("all");
  const told = useInfiniteQuery(notificationsQuery(shown === "unread"));
  const read = useRead();
  const now = useNow(30_000);
  const items = told.data?.pages.flatMap((page) => page.items) ?? [];
  const unread = told.data?.pages[0]?.unread ?? 0;
  return (
    <Page
      title={t("notifications.title")}
      width="narrow"
      actions={
        <>
          {unread > 0 && (
            <Button look="quiet" onClick={() => void read.all(items[0])}>
              <CheckCheck aria-hidden /> {t("notifications.readAll")}
            </Button>
          )}
          <Segments
            label={t("runs.filters")}
            value={shown}
            onChange={setShown}
            options={[
              { value: "all", label: t("notifications.everything") },
              { value: "unread", label: t("notifications.unread") },
            ]}
          />
          <Link
            to="/settings"
            hash="notifications"
            className={buttonClass("quiet", "icon")}
            aria-label={t("notifications.settings")}
            title={t("notifications.settings")}
          >
            <Settings />
          </Link>
        </>
      }
    >
      {told.isError && <ErrorNotice error={told.error} onRetry={() => void told.refetch()} />}
      {told.isSuccess && items.length === 0 && (
        <Calm
          icon={<Bell />}
          title={shown === "all" ? t("notifications.empty") : t("notifications.emptyUnread")}
        >
          {t("notifications.emptyText")}
        </Calm>
      )}
      {items.length > 0 && (
        <ul className="divide-y divide-line overflow-hidden rounded-2xl border border-line">
          {items.map((one) => (
            <NotificationRow key={one.id} told={one} now={now} onOpen={() => read.one(one)} />
          ))}
        </ul>
      )}
      {told.hasNextPage && (
        <Button look="quiet" className="mt-3 self-center" onClick={() => void told.fetchNextPage()}>
          {t("common.loadMore")}
        </Button>
      )}
    </Page>
  );
}
