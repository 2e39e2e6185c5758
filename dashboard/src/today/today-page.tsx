import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "~/api/agents";
import { type Today, type TodayItem, todayQuery } from "~/api/today";
import { useNow } from "~/lib/hooks";
import { dateTimeFormat } from "~/lib/intl";
import { buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { Band } from "./band";
import { FirstAgents } from "./first-agents";
import { NextRuns } from "./next-runs";
import { TodayRow } from "./today-row";
import { useLastLook } from "./use-last-look";

/** Where a day begins: what needs its reader, what went wrong, what is done, and what comes next. */
export function TodayPage() {
  const { t, i18n } = useTranslation();
  const today = useQuery(todayQuery);
  const beginning = useBeginning(today.data);
  const now = useNow(30_000);
  const date = dateTimeFormat(i18n.language, { month: "long", day: "numeric", weekday: "long" });
  return (
    <Page
      title={
        <>
          {t("today.title")}
          <time className="ml-2.5 font-normal text-[0.9375rem] text-muted tracking-normal">
            {date.format(now)}
          </time>
        </>
      }
      actions={
        <Link to="/runs" className={buttonClass("quiet", "sm")}>
          <History aria-hidden /> {t("today.more")}
        </Link>
      }
    >
      {today.isError && <ErrorNotice error={today.error} onRetry={() => void today.refetch()} />}
      {today.data && !beginning && <Bands today={today.data} now={now} />}
      {beginning && <FirstAgents />}
    </Page>
  );
}

/** Whether there is nothing to tell because there is no agent yet. */
function useBeginning(today: Today | undefined): boolean {
  const { needs_you = [], failed = [], finished = [], next = [] } = today ?? {};
  const blank = today !== undefined && needs_you.length + failed.length + finished.length + next.length === 0;
  const agents = useInfiniteQuery({ ...agentsQuery, enabled: blank });
  return blank && agents.data?.pages[0]?.items.length === 0;
}

function Bands({ today, now }: { today: Today; now: number }) {
  const { t } = useTranslation();
  const { needs_you, failed, finished, next } = today;
  const lastLook = useLastLook(today.seen_at);
  const isFresh = (item: TodayItem) => lastLook !== null && Date.parse(item.at) > lastLook;
  return (
    <div className="grid items-start gap-x-8 gap-y-7 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div className="min-w-0 space-y-7">
        {needs_you.length + failed.length === 0 && <Quiet />}
        {needs_you.length > 0 && (
          <Band title={t("today.needsYou")} count={needs_you.length}>
            {needs_you.map((item) => (
              <TodayRow key={keyOf(item)} item={item} band="needs_you" now={now} />
            ))}
          </Band>
        )}
        {failed.length > 0 && (
          <Band title={t("today.failed")} count={failed.length}>
            {failed.map((item) => (
              <TodayRow key={keyOf(item)} item={item} band="failed" now={now} fresh={isFresh(item)} />
            ))}
          </Band>
        )}
        {finished.length > 0 && (
          <Band title={t("today.finished")} count={finished.length}>
            {finished.map((item) => (
              <TodayRow key={keyOf(item)} item={item} band="finished" now={now} fresh={isFresh(item)} />
            ))}
          </Band>
        )}
      </div>
      <NextRuns next={next} now={now} />
    </div>
  );
}

const keyOf = (item: TodayItem): string =>
  `${item.kind} ${item.run?.id ?? item.proposal?.id ?? item.slot?.scheduled_at ?? ""} ${item.agent_id}`;

function Quiet() {
  const { t } = useTranslation();
  return (
    <div className="flex items-start gap-3 rounded-2xl border border-line px-4 py-3.5">
      <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
      <div>
        <p className="font-medium">{t("today.quiet")}</p>
        <p className="text-[0.875rem] text-muted">{t("today.quietText")}</p>
      </div>
    </div>
  );
}
