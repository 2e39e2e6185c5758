import { useQuery } from "@tanstack/react-query";
import { ArrowRightLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type ExpectedCost, type Fire, previewQuery, type ScheduleSpec } from "~/api/schedules";
import { useFormat } from "~/lib/format";
import { useNow, useSettled } from "~/lib/hooks";
import { scheduleErrorText } from "./schedule-errors";
import { viewerZone } from "./zones";

const SETTLED_MS = 250;

/** The next times, with what the clocks do to them, and what a month of them is expected to cost. */
export function SchedulePreview({ schedule, agentId }: { schedule: ScheduleSpec; agentId: string | null }) {
  const { t } = useTranslation();
  const settled = useSettled(schedule, SETTLED_MS);
  const preview = useQuery(previewQuery(settled, agentId));
  const now = useNow(10_000);
  if (preview.error) {
    return (
      <p role="alert" className="text-[0.875rem] text-bad">
        {scheduleErrorText(t, preview.error)}
      </p>
    );
  }
  // What has passed since the answer is no longer ahead.
  const fires = preview.data?.fires.filter((fire) => Date.parse(fire.at) > now) ?? [];
  return (
    <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2" aria-busy={preview.isPending}>
      <section aria-label={t("schedule.next")}>
        <p className="mb-1.5 font-medium text-[0.8125rem] text-muted">{t("schedule.next")}</p>
        <ol className="space-y-1">
          {fires.map((fire) => (
            <FireLine key={fire.at} fire={fire} zone={settled.time_zone} />
          ))}
        </ol>
        {preview.data && fires.length === 0 && (
          <p className="text-[0.875rem] text-muted">{t("schedule.nextNone")}</p>
        )}
      </section>
      <section aria-label={t("schedule.cost")}>
        <p className="mb-1.5 font-medium text-[0.8125rem] text-muted">{t("schedule.cost")}</p>
        {preview.data && <CostLine cost={preview.data.expected_cost} />}
      </section>
    </div>
  );
}

function FireLine({ fire, zone }: { fire: Fire; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const there = format.at(fire.at, zone);
  const here = format.at(fire.at);
  return (
    <li className="text-[0.9375rem]">
      <time dateTime={fire.at}>{there}</time>
      {zone !== viewerZone() && here !== there && (
        <span className="figures ml-2 text-[0.8125rem] text-muted">
          {t("schedule.yours", { time: here })}
        </span>
      )}
      {fire.note && (
        <span className="mt-0.5 flex items-start gap-1.5 text-[0.8125rem] text-warn">
          <ArrowRightLeft aria-hidden className="mt-0.5 size-3.5 shrink-0" />
          {t(`schedule.${fire.note}`)}
        </span>
      )}
    </li>
  );
}

function CostLine({ cost }: { cost: ExpectedCost | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!cost) return <p className="text-muted">{t("schedule.costUnknown")}</p>;
  return (
    <p className="figures">
      {cost.p95_usd > cost.p50_usd
        ? t("schedule.costMonth", { p50: format.money(cost.p50_usd), p95: format.money(cost.p95_usd) })
        : t("schedule.costFlat", { cost: format.money(cost.p50_usd) })}
      <span className="block text-[0.8125rem] text-muted">
        {t("schedule.fires", { count: cost.fires_per_month })}
      </span>
    </p>
  );
}
