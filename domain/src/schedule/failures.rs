//! When a schedule pauses itself: a run that fails every morning costs money and attention and changes nothing.

use crate::run::{Reason, RunState};

/// Failures in a row after which a schedule pauses itself, unless its owner set another number.
pub const FAILURE_THRESHOLD: u32 = 3;

/// What a run that ended means for its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterRun {
    /// The failures in a row, this run included.
    pub failures: u32,
    /// Whether the schedule pauses itself now, and its owner is told.
    pub pause: bool,
}

/// Counts a scheduled run that ended. `failures` is the count before it; a threshold of 0 never pauses.
///
/// A success ends the row. A run that neither succeeded nor [counts](counts_as_failure) leaves the count as it is: it says
/// nothing about the agent.
pub const fn after_run(failures: u32, threshold: u32, state: RunState, reason: Reason) -> AfterRun {
    if matches!(state, RunState::Succeeded) {
        return AfterRun {
            failures: 0,
            pause: false,
        };
    }
    if !counts_as_failure(state, reason) {
        return AfterRun {
            failures,
            pause: false,
        };
    }
    let failures = failures.saturating_add(1);
    AfterRun {
        failures,
        pause: threshold > 0 && failures >= threshold,
    }
}

/// Whether a run that ended speaks against its agent: the same again tomorrow would end the same way, and its owner can do
/// something about it.
///
/// What passes by itself (a model API that is overloaded or down), what a person did (stopped it) or the schedule (went on to the
/// next run) and what is the fault of
/// the service (engine, image, runner, workspace, our errors) does not count. Passing a time, turn or money limit does: each
/// such run was paid for.
pub const fn counts_as_failure(state: RunState, reason: Reason) -> bool {
    match state {
        RunState::TimedOut | RunState::BudgetStopped => true,
        RunState::Failed => match reason {
            Reason::RateLimited
            | Reason::ModelError
            | Reason::StoppedByUser
            | Reason::ReplacedByNext
            | Reason::EngineDown
            | Reason::ImageMissing
            | Reason::WorkspaceFailed
            | Reason::WorkspaceLost
            | Reason::RunnerLost
            | Reason::Internal => false,
            Reason::Completed
            | Reason::ModelKeyMissing
            | Reason::ModelKeyRefused
            | Reason::ContextTooLong
            | Reason::TurnLimit
            | Reason::TimeLimit
            | Reason::Budget
            | Reason::OutOfMemory
            | Reason::DiskFull
            | Reason::ClaudeDied
            | Reason::ClaudeGarbled
            | Reason::OutputLimit
            | Reason::NeedsYou => true,
        },
        RunState::Queued
        | RunState::Running
        | RunState::Succeeded
        | RunState::Cancelled
        | RunState::Interrupted => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ends: &[(RunState, Reason)]) -> Vec<(u32, bool)> {
        let mut failures = 0;
        ends.iter()
            .map(|(state, reason)| {
                let after = after_run(failures, FAILURE_THRESHOLD, *state, *reason);
                failures = after.failures;
                (after.failures, after.pause)
            })
            .collect()
    }

    #[test]
    fn the_third_failure_in_a_row_pauses() {
        let failed = (RunState::Failed, Reason::NeedsYou);
        let late = (RunState::TimedOut, Reason::TimeLimit);
        assert_eq!(
            row(&[failed, late, failed]),
            [(1, false), (2, false), (3, true)]
        );
    }

    #[test]
    fn a_success_ends_the_row_and_what_is_not_its_fault_does_not_touch_it() {
        let failed = (RunState::Failed, Reason::ClaudeDied);
        let fine = (RunState::Succeeded, Reason::Completed);
        assert_eq!(
            row(&[failed, failed, fine, failed]),
            [(1, false), (2, false), (0, false), (1, false)]
        );
        for neutral in [
            (RunState::Failed, Reason::RateLimited),
            (RunState::Failed, Reason::ModelError),
            (RunState::Failed, Reason::EngineDown),
            (RunState::Failed, Reason::ImageMissing),
            (RunState::Failed, Reason::Internal),
            (RunState::Cancelled, Reason::StoppedByUser),
            (RunState::Interrupted, Reason::RunnerLost),
        ] {
            assert_eq!(
                row(&[failed, failed, neutral, failed]),
                [(1, false), (2, false), (2, false), (3, true)]
            );
        }
    }

    #[test]
    fn a_threshold_of_zero_never_pauses() {
        assert!(!after_run(u32::MAX, 0, RunState::Failed, Reason::NeedsYou).pause);
    }
}
