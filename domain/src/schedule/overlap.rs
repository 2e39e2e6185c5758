//! What a slot does when an earlier run of the same agent is not over.

use super::spec::Overlap;

/// The runs of the agent that are not over, whatever set them off.
///
/// The runs that one catch-up planned together are one row of work and do not overlap one another: for a late slot, those of
/// the other late slots of the same schedule are not counted. Without that, `catch_up: all` would undo itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unfinished {
    pub running: u32,
    pub queued: u32,
}

/// What becomes of the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverlapDecision {
    /// Submit its run.
    Fire,
    /// End it as `skipped(overlap)`.
    Skip,
    /// Ask every unfinished run of the agent to stop, then submit.
    FireAfterCancelling,
}

/// Decides for a slot that is about to be dispatched.
///
/// `queue_one` looks at what waits and not at what runs: a run that waits will do the work of this slot as well, and with
/// nothing waiting there is room for one, behind whatever runs.
pub const fn overlap(rule: Overlap, unfinished: Unfinished) -> OverlapDecision {
    let Unfinished { running, queued } = unfinished;
    match rule {
        _ if running == 0 && queued == 0 => OverlapDecision::Fire,
        Overlap::QueueOne if queued == 0 => OverlapDecision::Fire,
        Overlap::Skip | Overlap::QueueOne => OverlapDecision::Skip,
        Overlap::CancelPrevious => OverlapDecision::FireAfterCancelling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_in_each_situation() {
        use OverlapDecision::{Fire, FireAfterCancelling, Skip};
        let situations = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0)];
        for (rule, expected) in [
            (Overlap::Skip, [Fire, Skip, Skip, Skip, Skip]),
            (Overlap::QueueOne, [Fire, Fire, Skip, Skip, Fire]),
            (
                Overlap::CancelPrevious,
                [
                    Fire,
                    FireAfterCancelling,
                    FireAfterCancelling,
                    FireAfterCancelling,
                    FireAfterCancelling,
                ],
            ),
        ] {
            let decided =
                situations.map(|(running, queued)| overlap(rule, Unfinished { running, queued }));
            assert_eq!(decided, expected, "{rule}");
        }
    }
}
