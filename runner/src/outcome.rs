//! How a turn's end, a dead process or a missing workspace reads as an outcome. Pure decisions.

use berth_domain::ports::gateway::{CallErrorKind, RunSpend};
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use berth_domain::run::{Outcome, Reason, RunState};

use crate::transcript::TurnEnd;

/// Why a session asked Claude Code to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The owner wants it.
    Cancelled,
    /// The run's time is up.
    TimeLimit,
    /// A budget would be passed.
    Budget,
    /// A question came up that only the owner can answer.
    NeedsYou,
    /// Going on is of no use: output passed every bound, or the key is refused however often it is tried.
    Failed(Reason),
}

impl Stop {
    /// The outcome of a run that was stopped for this.
    pub(crate) fn outcome(self, text: Option<String>) -> Outcome {
        let (state, reason) = match self {
            Self::Cancelled => (RunState::Cancelled, Reason::StoppedByUser),
            Self::TimeLimit => (RunState::TimedOut, Reason::TimeLimit),
            Self::Budget => (RunState::BudgetStopped, Reason::Budget),
            Self::NeedsYou => (RunState::Failed, Reason::NeedsYou),
            Self::Failed(reason) => (RunState::Failed, reason),
        };
        Outcome::new(state, reason, text)
    }
}

/// Whether a failed model call makes the rest of the run pointless. Claude Code would try again for minutes.
pub(crate) fn hopeless(spend: &RunSpend) -> Option<Stop> {
    if spend.stopped.is_some() {
        return Some(Stop::Budget);
    }
    match spend.last_error.as_ref()?.kind {
        CallErrorKind::NoKey => Some(Stop::Failed(Reason::ModelKeyMissing)),
        CallErrorKind::KeyRefused => Some(Stop::Failed(Reason::ModelKeyRefused)),
        _ => None,
    }
}

/// The outcome of a turn that has ended. Neither `subtype` nor the exit status is looked at: both call a refused key a
/// success.
pub(crate) fn of_turn(end: TurnEnd, stop: Option<Stop>, spend: &RunSpend) -> Outcome {
    if !end.is_error {
        return Outcome::new(RunState::Succeeded, Reason::Completed, end.text);
    }
    let aborted = end
        .terminal_reason
        .as_deref()
        .is_some_and(|reason| reason.starts_with("aborted"));
    if let Some(stop) = stop.filter(|_| aborted || end.terminal_reason.is_none()) {
        return stop.outcome(None);
    }
    if spend.stopped.is_some() {
        return Stop::Budget.outcome(None);
    }
    let reason = match end.terminal_reason.as_deref() {
        Some("max_turns") => Reason::TurnLimit,
        Some("budget_exhausted") => return Stop::Budget.outcome(None),
        Some("api_error" | "image_error") => api_error(&end, spend),
        Some("prompt_too_long" | "blocking_limit") => Reason::ContextTooLong,
        _ if aborted => return Outcome::new(RunState::Interrupted, Reason::ClaudeDied, None),
        _ => Reason::ModelError,
    };
    let text = end.text.or_else(|| end.errors.into_iter().next());
    Outcome::new(RunState::Failed, reason, text)
}

fn api_error(end: &TurnEnd, spend: &RunSpend) -> Reason {
    let from_gateway = spend
        .last_error
        .as_ref()
        .and_then(|error| match error.kind {
            CallErrorKind::NoKey => Some(Reason::ModelKeyMissing),
            CallErrorKind::KeyRefused => Some(Reason::ModelKeyRefused),
            CallErrorKind::Overloaded => Some(Reason::RateLimited),
            CallErrorKind::Budget => Some(Reason::Budget),
            CallErrorKind::Refused | CallErrorKind::Upstream | CallErrorKind::Ledger => None,
        });
    from_gateway.unwrap_or(match end.api_status {
        Some(429 | 529) => Reason::RateLimited,
        Some(413) => Reason::ContextTooLong,
        _ => Reason::ModelError,
    })
}

/// Whether a session could not be resumed because it is not there any more.
pub(crate) fn session_is_gone(end: &TurnEnd) -> bool {
    end.is_error
        && end.terminal_reason.is_none()
        && end
            .errors
            .iter()
            .any(|error| error.contains("No conversation found"))
}

/// The outcome when there is no workspace to work in.
pub(crate) fn of_workspace(error: &WorkspaceError) -> Outcome {
    Outcome::failed(match error.kind {
        WorkspaceErrorKind::EngineDown => Reason::EngineDown,
        WorkspaceErrorKind::ImageMissing => Reason::ImageMissing,
        WorkspaceErrorKind::NoSpace => Reason::DiskFull,
        _ => Reason::WorkspaceFailed,
    })
}

/// The outcome when Claude Code has ended without saying how the turn went.
pub(crate) fn of_death(
    stop: Option<Stop>,
    out_of_memory: bool,
    answered_garbage: bool,
    stderr: &str,
) -> Outcome {
    if let Some(stop) = stop {
        return stop.outcome(None);
    }
    let reason = if out_of_memory {
        Reason::OutOfMemory
    } else if stderr.contains("ENOSPC") || stderr.contains("No space left") {
        Reason::DiskFull
    } else if answered_garbage {
        Reason::ClaudeGarbled
    } else {
        Reason::ClaudeDied
    };
    Outcome::failed(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use berth_domain::ports::gateway::CallError;

    fn turn(is_error: bool, reason: &str, status: Option<u16>) -> TurnEnd {
        TurnEnd {
            is_error,
            terminal_reason: Some(reason.to_owned()),
            api_status: status,
            text: Some("text".to_owned()),
            ..TurnEnd::default()
        }
    }

    #[test]
    fn a_refused_call_that_calls_itself_success_is_a_failure() {
        let outcome = of_turn(
            turn(true, "api_error", Some(429)),
            None,
            &RunSpend::default(),
        );
        assert_eq!(
            (outcome.state, outcome.reason),
            (RunState::Failed, Reason::RateLimited)
        );
    }

    #[test]
    fn the_gateway_knows_why_a_call_failed() {
        let spend = RunSpend {
            last_error: Some(CallError {
                kind: CallErrorKind::NoKey,
                status: 401,
                message: String::new(),
            }),
            ..RunSpend::default()
        };
        let outcome = of_turn(turn(true, "api_error", Some(401)), None, &spend);
        assert_eq!(outcome.reason, Reason::ModelKeyMissing);
    }

    #[test]
    fn a_missing_key_ends_the_run_at_once_and_an_overload_does_not() {
        let spend = |kind| RunSpend {
            last_error: Some(CallError {
                kind,
                status: 401,
                message: String::new(),
            }),
            ..RunSpend::default()
        };
        assert_eq!(
            hopeless(&spend(CallErrorKind::NoKey)),
            Some(Stop::Failed(Reason::ModelKeyMissing))
        );
        assert_eq!(hopeless(&spend(CallErrorKind::Overloaded)), None);
        assert_eq!(hopeless(&RunSpend::default()), None);
    }

    #[test]
    fn a_stop_that_came_too_late_does_not_hide_a_success() {
        let outcome = of_turn(
            turn(false, "completed", None),
            Some(Stop::Cancelled),
            &RunSpend::default(),
        );
        assert_eq!(outcome.state, RunState::Succeeded);
    }

    #[test]
    fn an_aborted_turn_ends_as_what_aborted_it() {
        for (stop, state) in [
            (Stop::Cancelled, RunState::Cancelled),
            (Stop::TimeLimit, RunState::TimedOut),
            (Stop::Budget, RunState::BudgetStopped),
        ] {
            let end = turn(true, "aborted_tools", None);
            assert_eq!(of_turn(end, Some(stop), &RunSpend::default()).state, state);
        }
    }
}
