import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleX, Mail, RotateCcw, Webhook } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Delivery, deliveriesQuery } from "~/api/notifications";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Button } from "~/ui/button";

/** What was sent, to where, and what the other side said. */
export function Deliveries() {
  const { t } = useTranslation();
  const deliveries = useInfiniteQuery(deliveriesQuery);
  const now = useNow(10_000);
  const items = deliveries.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="deliveries" className="px-4 py-3">
      <h3 id="deliveries" className="font-medium">
        {t("notifications.log")}
      </h3>
      <p className="mt-0.5 mb-2 text-[0.875rem] text-muted">
        {deliveries.isSuccess && items.length === 0
          ? t("notifications.logEmpty")
          : t("notifications.logText")}
      </p>
      <ul className="divide-y divide-line">
        {items.map((delivery) => (
          <Line key={delivery.id} delivery={delivery} now={now} />
        ))}
      </ul>
      {deliveries.hasNextPage && (
        <Button look="quiet" size="sm" onClick={() => void deliveries.fetchNextPage()}>
          {t("common.loadMore")}
        </Button>
      )}
    </section>
  );
}

const LOOK = {
  pending: { icon: CircleDashed, tone: "text-muted" },
  retrying: { icon: RotateCcw, tone: "text-warn" },
  delivered: { icon: CircleCheck, tone: "text-ok" },
  gave_up: { icon: CircleX, tone: "text-bad" },
} as const;

function Line({ delivery, now }: { delivery: Delivery; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, attempts, channel } = delivery;
  const shown = state === "pending" && attempts > 0 ? "retrying" : state;
  const { icon: Icon, tone } = LOOK[shown];
  const Way = channel === "email" ? Mail : Webhook;
  return (
    <li className="py-2 text-[0.875rem]">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-0.5">
        <span className={`inline-flex w-40 shrink-0 items-center gap-1.5 ${tone}`}>
          <Icon aria-hidden className="size-4 shrink-0" />
          {t(`notifications.delivery.${shown}`)}
        </span>
        <span className="inline-flex min-w-0 flex-1 basis-48 items-center gap-1.5">
          <Way aria-label={t(`notifications.channels.${channel}`)} className="size-4 shrink-0 text-muted" />
          <span className="truncate" title={delivery.target}>
            {delivery.target}
          </span>
        </span>
        <time
          dateTime={delivery.created_at}
          title={format.full(delivery.created_at)}
          className="text-[0.8125rem] text-muted"
        >
          {format.when(delivery.created_at, Math.max(now, Date.parse(delivery.created_at)))}
        </time>
      </div>
      {attempts > 0 && (
        <p className="figures mt-0.5 text-[0.8125rem] text-muted">
          {[
            delivery.last_outcome,
            attempts > 1 && t("notifications.attempts", { count: attempts }),
            shown === "retrying" &&
              delivery.next_attempt_at &&
              t("notifications.again", { time: format.ahead(delivery.next_attempt_at, now) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      )}
    </li>
  );
}
