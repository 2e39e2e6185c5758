import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { TodayItem } from "~/api/today";
import { firstLine } from "~/lib/first-line";
import { useFormat } from "~/lib/format";
import { runLine } from "~/runs/run-words";
import { buttonClass } from "~/ui/button";
import { type ShownState, StateLabel, shownState } from "~/ui/state";
import { ResumeButton } from "./resume-button";
import { Thumbnail } from "./thumbnail";

type Band = "needs_you" | "failed" | "finished";

const ROW =
  "relative flex items-center gap-4 px-4 py-3 first:rounded-t-2xl last:rounded-b-2xl hover:bg-hover";
/** The whole row is its first link. */
const WHOLE = "font-medium after:absolute after:inset-0 after:content-['']";

/** One thing of a day: whose it is, what it came to, and what there is to do about it. */
export function TodayRow({
  item,
  band,
  now,
  fresh = false,
}: {
  item: TodayItem;
  band: Band;
  now: number;
  /** It came since the reader last looked. */
  fresh?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useItemWords(item);
  return (
    <li className={ROW}>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <span className="flex items-center gap-2">
            {fresh && (
              <span title={t("today.new")} className="size-2 shrink-0 rounded-full bg-accent">
                <span className="sr-only">{t("today.new")}</span>
              </span>
            )}
            <ItemLink item={item}>{words.title}</ItemLink>
          </span>
          {words.state && (
            <span className="text-[0.8125rem]">
              <StateLabel state={words.state} />
            </span>
          )}
          <span className="figures ml-auto flex gap-3 text-[0.8125rem] text-muted">
            {item.run && <span>{format.money(item.run.usage.cost_usd)}</span>}
            <time dateTime={item.at} title={format.full(item.at)}>
              {format.when(item.at, Math.max(now, Date.parse(item.at)))}
            </time>
          </span>
        </div>
        <p className="mt-0.5 line-clamp-2 text-[0.875rem] text-muted">{words.line}</p>
      </div>
      {item.image && <Thumbnail path={item.image} version={item.at} />}
      {band === "needs_you" && (
        <div className="flex w-24 shrink-0 justify-end empty:hidden max-sm:w-auto">
          <Action item={item} />
        </div>
      )}
    </li>
  );
}

function ItemLink({ item, children }: { item: TodayItem; children: string }) {
  if (item.kind === "onboarding") {
    return (
      <Link to="/chat" className={WHOLE}>
        {children}
      </Link>
    );
  }
  if (item.proposal) {
    return (
      <Link to="/chat/$id" params={{ id: item.proposal.conversation_id }} className={WHOLE}>
        {children}
      </Link>
    );
  }
  if (item.run && item.kind === "run") {
    return (
      <Link to="/runs/$id" params={{ id: item.run.id }} className={WHOLE}>
        {children}
      </Link>
    );
  }
  if (!item.agent_id) return <span className="font-medium">{children}</span>;
  return (
    <Link to="/agents/$id" params={{ id: item.agent_id }} search={{ tab: "schedule" }} className={WHOLE}>
      {children}
    </Link>
  );
}

/** What to do about it, at once. The row itself leads to where it can be looked at. */
function Action({ item }: { item: TodayItem }) {
  const { t } = useTranslation();
  if (item.kind === "schedule_paused" && item.agent_id) {
    return <ResumeButton agentId={item.agent_id} name={item.agent_name ?? ""} />;
  }
  const word = item.proposal ? t("today.review") : item.kind === "run" ? t("today.answer") : null;
  if (!word) return null;
  // The row's own link is what is read out and reached with Tab; this only says what waits behind it.
  return (
    <span aria-hidden className={buttonClass("plain", "sm", "max-sm:hidden")}>
      {word}
    </span>
  );
}

interface ItemWords {
  title: string;
  line: string;
  state: ShownState | null;
}

function useItemWords(item: TodayItem): ItemWords {
  const { t } = useTranslation();
  const format = useFormat();
  const name = item.agent_name ?? item.run?.agent_name ?? t("today.chat");
  switch (item.kind) {
    case "onboarding":
      return { title: t("today.onboarding"), line: t("today.onboardingText"), state: null };
    case "proposal": {
      const { proposal } = item;
      const title =
        proposal?.kind === "schedule"
          ? t("today.proposalSchedule", { name: proposal.agent_name ?? name })
          : t("today.proposal", { name: proposal?.agent?.name ?? name });
      return { title, line: firstLine(proposal?.agent?.prompt ?? null) ?? "", state: null };
    }
    case "schedule_paused":
      return {
        title: name,
        line:
          item.headline === "cannot_compute"
            ? t("schedule.pausedBy.cannot_compute")
            : t("today.pausedFailures"),
        state: "needs_you",
      };
    case "slot_missed": {
      const { slot } = item;
      const state = slot?.outcome === "skipped" ? "skipped" : "missed";
      const time = format.at(slot?.scheduled_at ?? item.at);
      const why = slot?.reason ? ` ${t(`schedule.reason.${slot.reason}`)}` : "";
      return { title: name, line: `${t(`today.${state}`, { time })}.${why}`, state };
    }
    case "run":
      return {
        title: name,
        line: (item.run && runLine(t, item.run)) ?? item.headline ?? t("today.noResult"),
        state: item.run && shownState(item.run),
      };
  }
}
