//! Which blocks of text are over, so that live text which comes late is not shown twice.

use std::collections::{HashMap, HashSet};

use berth_domain::event::{Delta, Event, StoredEvent};
use berth_domain::ids::RunId;

/// What one subscription has sent of finished blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Finished blocks of unfinished runs.
    closed: HashMap<RunId, HashSet<u32>>,
    /// The run that ended last; of earlier ones nothing is on its way any more.
    ended: Option<RunId>,
}

impl Blocks {
    /// Takes note of an event that is sent.
    pub(super) fn saw(&mut self, stored: &StoredEvent) {
        match stored.event {
            Event::Text { block, .. } => {
                self.closed.entry(stored.run_id).or_default().insert(block);
            }
            Event::Finished { .. } => {
                self.closed.remove(&stored.run_id);
                self.ended = Some(stored.run_id);
            }
            _ => {}
        }
    }

    /// Whether live text still adds something.
    pub(super) fn takes(&self, delta: &Delta) -> bool {
        let closed = self
            .closed
            .get(&delta.run_id)
            .is_some_and(|blocks| blocks.contains(&delta.block));
        !closed && self.ended != Some(delta.run_id)
    }
}

#[cfg(test)]
mod tests {
    use berth_domain::ids::ConversationId;
    use berth_domain::run::{Reason, RunState};
    use uuid::Uuid;

    use super::*;

    const RUN: RunId = RunId(Uuid::from_u128(1));
    const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(2));

    fn event(event: Event) -> StoredEvent {
        StoredEvent {
            conversation_id: CONVERSATION,
            run_id: RUN,
            seq: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
            event,
        }
    }

    fn delta(block: u32) -> Delta {
        Delta {
            conversation_id: CONVERSATION,
            run_id: RUN,
            block,
            offset: 0,
            text: String::new(),
        }
    }

    #[test]
    fn late_text_of_a_finished_block_is_dropped() {
        let mut blocks = Blocks::default();
        assert!(blocks.takes(&delta(0)));
        blocks.saw(&event(Event::Text {
            block: 0,
            text: String::new(),
        }));
        assert!(!blocks.takes(&delta(0)));
        assert!(blocks.takes(&delta(1)));
        blocks.saw(&event(Event::Finished {
            state: RunState::Succeeded,
            reason: Reason::Completed,
            result: None,
            duration_ms: 0,
        }));
        assert!(!blocks.takes(&delta(1)));
    }
}
