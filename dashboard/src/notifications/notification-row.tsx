import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Notification } from "~/api/notifications";
import { firstLine } from "~/lib/first-line";
import { useFormat } from "~/lib/format";
import { notificationLook, notificationTitle } from "./words";

/** One thing that is told; it leads to where it can be looked at. */
export function NotificationRow({ told, now, onOpen }: { told: Notification; now: number; onOpen(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { icon: Icon, tone } = notificationLook(told.kind);
  const unread = told.read_at === null;
  const line = firstLine(told.detail);
  return (
    <li className="relative flex items-start gap-3 px-4 py-3 hover:bg-hover">
      <Icon aria-hidden className={`mt-0.5 size-4.5 shrink-0 ${tone}`} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-3">
          <span className={`min-w-0 flex-1 ${unread ? "font-semibold" : ""}`}>
            <Target told={told} onOpen={onOpen}>
              {notificationTitle(t, told)}
            </Target>
          </span>
          <time
            dateTime={told.at}
            title={format.full(told.at)}
            className="shrink-0 text-[0.8125rem] text-muted"
          >
            {format.when(told.at, Math.max(now, Date.parse(told.at)))}
          </time>
        </div>
        {line && <p className="line-clamp-2 text-[0.875rem] text-muted">{line}</p>}
      </div>
      {unread && (
        <span className="mt-2 size-2 shrink-0 rounded-full bg-accent">
          <span className="sr-only">{t("notifications.unread")}</span>
        </span>
      )}
    </li>
  );
}

const WHOLE = "text-left outline-offset-[-2px] after:absolute after:inset-0 after:content-['']";

function Target({ told, onOpen, children }: { told: Notification; onOpen(): void; children: string }) {
  if (told.run_id) {
    return (
      <Link to="/runs/$id" params={{ id: told.run_id }} onClick={onOpen} className={WHOLE}>
        {children}
      </Link>
    );
  }
  if (told.agent_id) {
    const tab = told.kind === "schedule_paused" || told.kind === "slot_missed" ? "schedule" : "overview";
    return (
      <Link
        to="/agents/$id"
        params={{ id: told.agent_id }}
        search={{ tab }}
        onClick={onOpen}
        className={WHOLE}
      >
        {children}
      </Link>
    );
  }
  return (
    <button type="button" onClick={onOpen} className={WHOLE}>
      {children}
    </button>
  );
}
