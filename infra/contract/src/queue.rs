//! Cases of the port `queue`.

use std::collections::HashSet;

use berth_domain::ids::RunId;
use berth_domain::ports::queue::Hint;
use futures::FutureExt as _;

use crate::world::within;
use crate::{Delivery, World};

pub(crate) async fn hints_arrive(w: World) {
    let (queue, a, b) = (w.queue(), w.id::<RunId>(), w.id::<RunId>());
    let sent = [Hint::Claim(a), Hint::Cancel(a), Hint::Claim(b)];
    for hint in sent {
        queue.announce(hint).await;
    }
    let mut missing: HashSet<String> = sent.iter().map(|hint| format!("{hint:?}")).collect();
    let mut arrived = Vec::new();
    while !missing.is_empty() {
        let hint = within("a hint arrives", queue.next()).await.unwrap();
        missing.remove(&format!("{hint:?}"));
        arrived.push(hint);
    }
    if w.differences.delivery == Delivery::Exact {
        assert_eq!(arrived, sent);
    }
}

/// Intake waits for a hint, a permit and the shutdown at the same time: giving up must not swallow a hint.
pub(crate) async fn waiting_can_be_given_up(w: World) {
    let (queue, run) = (w.queue(), w.id::<RunId>());
    for _ in 0..3 {
        assert_eq!(queue.next().now_or_never(), None);
    }
    queue.announce(Hint::Claim(run)).await;
    let hint = within("the hint arrives", queue.next()).await;
    assert_eq!(hint, Some(Hint::Claim(run)));
}

pub(crate) async fn more_hints_than_fit_block_nobody(w: World) {
    let queue = w.queue();
    within("every hint is taken or dropped", async {
        for _ in 0..3_000 {
            queue.announce(Hint::Claim(w.id())).await;
        }
    })
    .await;
    assert!(within("hints arrive", queue.next()).await.is_some());
}
