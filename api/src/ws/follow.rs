//! One subscription: a conversation's events from a number on, without a gap and without a double, and live text between
//! them. Live text goes on while the store is away.

use std::time::Duration;

use berth_domain::event::{Delta, StoredEvent};
use berth_domain::ids::{ConversationId, UserId};
use berth_domain::ports::StoreResult;
use berth_domain::ports::events::Added;
use futures::FutureExt;
use futures::future::BoxFuture;
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
    /// Whether the store takes so long that what is live does not wait for it.
    late: bool,
    /// The next page, on its way.
    reading: Option<BoxFuture<'static, StoreResult<Vec<StoredEvent>>>>,
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
        late: false,
        reading: None,
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
                if let Some(followed) = self.read_on().await {
                    return Some(followed);
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

    /// Reads the next page. A failure is told once; then the store is asked again until it answers, and what is live is passed on
    /// meanwhile.
    async fn read_on(&mut self) -> Option<Followed> {
        let (events, after) = (&self.app.deps.events, self.after);
        let (conversation, pause) = (self.conversation, self.failing);
        let page = self.reading.get_or_insert_with(|| {
            let events = events.clone();
            Box::pin(async move {
                if pause {
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                events.events_after(conversation, after, PAGE).await
            })
        });
        let page = tokio::select! {
            biased;
            page = page => page,
            Some(delta) = self.deltas.next(), if self.failing || self.late => {
                return self.blocks.takes(&delta).then_some(Followed::Delta(delta));
            }
            () = tokio::time::sleep(STORE_PAUSE), if !self.failing && !self.late => {
                self.late = true;
                return None;
            }
        };
        (self.reading, self.late) = (None, false);
        match page {
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
