import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Slot, slotsQuery } from "~/api/schedules";
import { useFormat } from "~/lib/format";
import { Button } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { StateLabel } from "~/ui/state";

/** Every time the schedule was due, newest first, and how it ended. `quiet`: nothing at all where there was none. */
export function SlotLedger({ agentId, quiet = false }: { agentId: string; quiet?: boolean }) {
  const { t } = useTranslation();
  const slots = useInfiniteQuery(slotsQuery(agentId));
  const all = slots.data?.pages.flatMap((page) => page.items) ?? [];
  if (quiet && all.length === 0) return null;
  return (
    <section aria-labelledby="ledger">
      <h2 id="ledger" className="mb-2 font-semibold">
        {t("schedule.ledger")}
      </h2>
      {slots.isError && <ErrorNotice error={slots.error} onRetry={() => void slots.refetch()} />}
      {slots.isSuccess && all.length === 0 && <p className="text-muted">{t("schedule.ledgerEmpty")}</p>}
      {all.length > 0 && <Ledger slots={all} />}
      {slots.hasNextPage && (
        <Button look="quiet" className="mt-3" onClick={() => void slots.fetchNextPage()}>
          {t("common.loadMore")}
        </Button>
      )}
    </section>
  );
}

function Ledger({ slots }: { slots: readonly Slot[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="overflow-hidden rounded-2xl border border-line">
      <table className="w-full text-[0.875rem]">
        <thead className="bg-rail text-left text-[0.8125rem] text-muted">
          <tr>
            <th scope="col" className="px-4 py-2.5 font-medium">
              {t("schedule.time")}
            </th>
            <th scope="col" className="px-3 py-2.5 font-medium">
              {t("schedule.outcome")}
            </th>
            <th scope="col" className="w-full px-3 py-2.5 font-medium max-sm:hidden">
              {t("schedule.why")}
            </th>
          </tr>
        </thead>
        <tbody>
          {slots.map((slot) => (
            <tr key={slot.scheduled_at} className="border-line border-t align-top">
              <td className="px-4 py-2.5 whitespace-nowrap">
                <time dateTime={slot.scheduled_at} title={format.full(slot.scheduled_at)}>
                  {format.at(slot.scheduled_at)}
                </time>
              </td>
              <td className="px-3 py-2.5">
                <Outcome slot={slot} />
                {slot.reason && (
                  <p className="mt-0.5 text-[0.8125rem] text-muted sm:hidden">
                    {t(`schedule.reason.${slot.reason}`)}
                  </p>
                )}
              </td>
              <td className="px-3 py-2.5 text-muted max-sm:hidden">
                {slot.reason && t(`schedule.reason.${slot.reason}`)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Outcome({ slot }: { slot: Slot }) {
  const { t } = useTranslation();
  if (slot.outcome === "skipped" || slot.outcome === "missed") return <StateLabel state={slot.outcome} />;
  const ran = slot.outcome === "ran";
  const words = (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${ran ? "text-ok" : "text-accent"}`}>
      {ran ? (
        <CircleCheck aria-hidden className="size-4" />
      ) : (
        <LoaderCircle aria-hidden className="spinning size-4" />
      )}
      {ran ? t("schedule.ran") : t("schedule.pending")}
      {slot.late && <span className="text-[0.8125rem] text-warn">({t("schedule.late")})</span>}
    </span>
  );
  if (!slot.run_id) return words;
  return (
    <Link
      to="/runs/$id"
      params={{ id: slot.run_id }}
      title={t("schedule.openRun")}
      className="underline-offset-4 hover:underline"
    >
      {words}
    </Link>
  );
}
