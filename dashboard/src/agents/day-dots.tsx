import { useTranslation } from "react-i18next";
import type { RecentRun } from "~/api/agents";
import { dateTimeFormat } from "~/lib/intl";
import { type ShownState, STATE_LOOK, shownState } from "~/ui/state";
import { lastDays } from "./days";

/** What is told of a day with several runs: the worst of them. */
const WORST: readonly ShownState[] = [
  "needs_you",
  "failed",
  "timed_out",
  "interrupted",
  "budget_stopped",
  "unproved",
  "running",
  "queued",
  "succeeded",
  "cancelled",
];

/** The last seven days, one mark each: its shape and its words tell the state, not its colour alone. */
export function DayDots({ runs, now }: { runs: readonly RecentRun[]; now: number }) {
  const { t, i18n } = useTranslation();
  const name = dateTimeFormat(i18n.language, { weekday: "short", month: "short", day: "numeric" });
  return (
    <ul className="flex items-center gap-1" aria-label={t("agents.week")}>
      {lastDays(runs, now).map(({ day, runs: ofDay }) => {
        const states = WORST.filter((state) => ofDay.some((run) => shownState(run) === state));
        const words = states.map((state) => {
          const count = ofDay.filter((run) => shownState(run) === state).length;
          return t("agents.dayCount", { state: t(`state.${state}`), count });
        });
        const text = `${name.format(day)}: ${words.join(", ") || t("agents.dayNone")}`;
        return (
          <li key={day.getTime()} title={text}>
            <Dot state={states[0]} />
            <span className="sr-only">{text}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Dot({ state }: { state: ShownState | undefined }) {
  if (!state)
    return (
      <span aria-hidden className="grid size-4 place-items-center">
        <span className="size-1.5 rounded-full border border-line-strong" />
      </span>
    );
  const { icon: Icon, tone } = STATE_LOOK[state];
  return <Icon aria-hidden strokeWidth={2.25} className={`block size-4 ${tone}`} />;
}
