//! One subscription: a conversation's events from a number on, without a gap and without a double, and live text between
//! them.

use std::time::Duration;

use berth_domain::event::{Delta, StoredEvent};
use berth_domain::ids::{ConversationId, UserId};
use berth_domain::ports::events::Added;
use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};

use super::blocks::Blocks;
use crate::app::Shared;
use crate::problem::Problem;

/// Events read at once; one may have 256 KiB.
const PAGE: u32 = 64;
/// Wait between two attempts to read from a store that fails.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What a subscription brings.
#[derive(Debug)]
pub(super) enum Followed {
    /// The next event.
    Event(StoredEvent),
    /// Live text.
    Delta(Delta),
    /// The store fails; the subscription goes on once it is back.
    Trouble(Problem),
}

struct Follow {
    app: Shared,
    conversation: ConversationId,
    after: u64,
    page: std::vec::IntoIter<StoredEvent>,
    /// Whether the log may have grown since it was last read to its end.
    stale: bool,
    failing: bool,
    changes: BoxStream<'static, Added>,
    deltas: BoxStream<'static, Delta>,
    blocks: Blocks,
}

/// Follows a conversation of `user` from the event after `after` on. Ends when the store is closed.
pub(super) fn follow(
    app: Shared,
    user: UserId,
    conversation: ConversationId,
    after: u64,
) -> BoxStream<'static, Followed> {
    let follow = Follow {
        // Both are armed before the first query, so that nothing falls in between.
        changes: app.deps.events.event_changes(conversation),
        deltas: app
            .deps
            .live
            .watch(user, conversation)
            .chain(stream::pending())
            .boxed(),
        app,
        conversation,
        after,
        page: Vec::new().into_iter(),
        stale: true,
        failing: false,
        blocks: Blocks::default(),
    };
    stream::unfold(follow, |mut follow| async {
        let next = follow.next().await?;
        Some((next, follow))
    })
    .boxed()
}

impl Follow {
    /// Stored events come before live text that is there at the same time: what it belongs to is then known.
    async fn next(&mut self) -> Option<Followed> {
        loop {
            if let Some(event) = self.page.next() {
                self.after = event.seq;
                self.blocks.saw(&event);
                return Some(Followed::Event(event));
            }
            if self.stale {
                if let Some(trouble) = self.read_on().await {
                    return Some(trouble);
                }
                continue;
            }
            tokio::select! {
                biased;
                change = self.changes.next() => {
                    let added = change?;
                    match (added.first(), added.last()) {
                        // The next events themselves, as a rule.
                        (Some(first), _) if first.seq == self.after + 1 => {
                            let events: Vec<_> = added.iter().cloned().collect();
                            self.page = events.into_iter();
                        }
                        // What the last page has brought already.
                        (_, Some(last)) if last.seq <= self.after => {}
                        _ => {
                            self.stale = true;
                            // Wake-ups that have piled up are answered by one query.
                            while let Some(Some(_)) = self.changes.next().now_or_never() {}
                        }
                    }
                }
                Some(delta) = self.deltas.next() => {
                    if self.blocks.takes(&delta) {
                        return Some(Followed::Delta(delta));
                    }
                }
            }
        }
    }

    /// Reads the next page. A failure is told once; then the store is asked again until it answers.
    async fn read_on(&mut self) -> Option<Followed> {
        if self.failing {
            tokio::time::sleep(STORE_PAUSE).await;
        }
        let events = &self.app.deps.events;
        match events
            .events_after(self.conversation, self.after, PAGE)
            .await
        {
            Ok(page) => {
                self.failing = false;
                self.stale = page.len() == PAGE as usize;
                self.page = page.into_iter();
                None
            }
            Err(_) if self.failing => None,
            Err(error) => {
                self.failing = true;
                Some(Followed::Trouble(error.into()))
            }
        }
    }
}
