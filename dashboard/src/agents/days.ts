import type { RecentRun } from "~/api/agents";

const DAYS = 7;

/** The seven days up to today as the reader's calendar has them, oldest first, each with its runs. */
export function lastDays(runs: readonly RecentRun[], now: number): { day: Date; runs: RecentRun[] }[] {
  const today = new Date(now);
  return Array.from({ length: DAYS }, (_, index) => {
    // Days are counted on the calendar, not in hours: one of them may have 23 or 25.
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (DAYS - 1 - index));
    const next = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
    const within = (run: RecentRun) => {
      const at = Date.parse(run.queued_at);
      return at >= day.getTime() && at < next.getTime();
    };
    return { day, runs: runs.filter(within) };
  });
}
