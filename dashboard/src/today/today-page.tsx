import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CheckCheck, CircleCheck, History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { markSeen, type Today, todayQuery } from "~/api/today";
import { errorText } from "~/api/words";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Button, buttonClass } from "~/ui/button";
import { ErrorNotice } from "~/ui/notice";
import { Page } from "~/ui/page";
import { toasts } from "~/ui/toast-store";
import { Band } from "./band";
import { FirstAgents } from "./first-agents";
import { NextRuns } from "./next-runs";
import { TodayRow } from "./today-row";

/** Where a day begins: what needs its reader, what went wrong, what is done, and what comes next. */
export function TodayPage() {
  const { t, i18n } = useTranslation();
  const today = useQuery(todayQuery);
  const now = useNow(30_000);
  const date = new Intl.DateTimeFormat(i18n.language, { month: "long", day: "numeric", weekday: "long" });
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
      {today.data && (isBlank(today.data) ? <FirstAgents /> : <Bands today={today.data} now={now} />)}
    </Page>
  );
}

const isBlank = ({ needs_you, failed, finished, next, seen_at }: Today): boolean =>
  needs_you.length + failed.length + finished.length + next.length === 0 && seen_at === null;

function Bands({ today, now }: { today: Today; now: number }) {
  const { t } = useTranslation();
  const { needs_you, failed, finished, next } = today;
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
              <TodayRow key={keyOf(item)} item={item} band="failed" now={now} />
            ))}
          </Band>
        )}
        {finished.length > 0 && <Finished today={today} now={now} />}
      </div>
      <NextRuns next={next} now={now} />
    </div>
  );
}

function Finished({ today, now }: { today: Today; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = today.seen_at
    ? t("today.finishedSince", { time: format.when(today.seen_at, Math.max(now, Date.parse(today.seen_at))) })
    : t("today.finished");
  return (
    <Band title={title} count={today.finished.length} action={<SeenButton />}>
      {today.finished.map((item) => (
        <TodayRow key={keyOf(item)} item={item} band="finished" now={now} />
      ))}
    </Band>
  );
}

/** Only its press makes what is finished old: looking away for a moment must not lose anything. */
function SeenButton() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const seen = async () => {
    try {
      await markSeen();
      await queries.invalidateQueries({ queryKey: ["today"] });
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <Button size="sm" look="quiet" onClick={() => void seen()}>
      <CheckCheck aria-hidden /> {t("today.seen")}
    </Button>
  );
}

const keyOf = (item: Today["failed"][number]): string =>
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
