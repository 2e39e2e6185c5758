//! What a schedule is expected to cost, from what its agent's runs cost so far.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::usage::MicroUsd;

/// The month of an estimate: the next thirty days.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An estimate, half of it and nearly all of it: a median alone hides the run that costs ten times as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedCost {
    pub run_p50: MicroUsd,
    pub run_p95: MicroUsd,
    /// The median run times the fires.
    pub month_p50: MicroUsd,
    /// As if every run were as dear as the dearest in twenty: a figure to plan with, rarely reached.
    pub month_p95: MicroUsd,
    pub fires_per_month: u32,
}

/// The estimate for a schedule that fires so often in a month; `None` without a past run, which is to be shown as "unknown"
/// and not as nothing.
pub fn expected_cost(past_costs: &[MicroUsd], fires_per_month: u32) -> Option<ExpectedCost> {
    let mut costs = past_costs.to_vec();
    costs.sort_unstable();
    let run_p50 = percentile(&costs, 50)?;
    let run_p95 = percentile(&costs, 95)?;
    let month = |run: MicroUsd| MicroUsd(run.0.saturating_mul(u64::from(fires_per_month)));
    Some(ExpectedCost {
        run_p50,
        run_p95,
        month_p50: month(run_p50),
        month_p95: month(run_p95),
        fires_per_month,
    })
}

/// How often a plan fires in the thirty days after `from`: at most once a minute, 43,200 times.
pub fn fires_in_a_month(plan: &Plan, from: Timestamp) -> u32 {
    let end = from.checked_add(MONTH).unwrap_or(Timestamp::MAX);
    let fires = plan.fires(from).take_while(|fire| fire.at <= end).count();
    u32::try_from(fires).unwrap_or(u32::MAX)
}

/// The nearest rank: a cost that really occurred, and the only one there is when there is one.
fn percentile(sorted: &[MicroUsd], percent: usize) -> Option<MicroUsd> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Frequency, ScheduleSpec};

    #[test]
    fn without_a_past_run_the_cost_is_unknown() {
        assert_eq!(expected_cost(&[], 30), None);
    }

    #[test]
    fn one_past_run_is_both_figures() {
        let cost = expected_cost(&[MicroUsd(40_000)], 30).unwrap();
        assert_eq!(
            (cost.run_p50, cost.run_p95),
            (MicroUsd(40_000), MicroUsd(40_000))
        );
        assert_eq!(cost.month_p95, MicroUsd(1_200_000));
    }

    #[test]
    fn the_dear_run_shows_in_the_second_figure_only() {
        let mut costs = vec![MicroUsd(10); 18];
        costs.extend([MicroUsd(1_000), MicroUsd(900)]);
        let cost = expected_cost(&costs, 2).unwrap();
        assert_eq!((cost.run_p50, cost.run_p95), (MicroUsd(10), MicroUsd(900)));
        assert_eq!(
            (cost.month_p50, cost.month_p95),
            (MicroUsd(20), MicroUsd(1_800))
        );
        assert_eq!(
            expected_cost(&[MicroUsd(u64::MAX)], 2).unwrap().month_p50,
            MicroUsd(u64::MAX)
        );
    }

    #[test]
    fn a_month_is_thirty_days() {
        let from: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        for (cron, fires) in [("* * * * *", 43_200), ("0 8 * * *", 30), ("0 8 1 * *", 1)] {
            let spec = ScheduleSpec {
                cron: Some(cron.to_owned()),
                ..ScheduleSpec::new(Frequency::Cron, "Asia/Seoul")
            };
            assert_eq!(
                fires_in_a_month(&spec.validate().unwrap(), from),
                fires,
                "{cron}"
            );
        }
    }
}
