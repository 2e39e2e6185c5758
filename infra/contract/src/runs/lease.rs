//! Keeping a run, losing it, and what the loser may still do: nothing.

use berth_domain::ids::RunId;
use berth_domain::lease;
use berth_domain::ports::runs::{Fenced, Renewed};
use jiff::SignedDuration;

use crate::World;

async fn renew(w: &World, run: RunId, epoch: u64) -> Fenced<Renewed> {
    w.runs().renew(run, epoch, w.now()).await.unwrap()
}

pub(crate) async fn a_lease_holds_until_its_expiry(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let (holder, other) = (w.runner(), w.runner());
    let lease = w.claim(run, &holder).await.lease;
    let last = SignedDuration::from_micros(1);
    w.clock.advance(lease::TTL - last);
    assert!(w.try_claim(run, &other).await.is_none());
    assert!(w.try_claim(run, &holder).await.is_none(), "it holds it");
    w.clock.advance(last);
    let next = w.claim(run, &other).await.lease;
    assert_eq!((lease.epoch, next.epoch), (1, 2));
    assert_eq!(next.runner, other);
}

pub(crate) async fn a_new_incarnation_takes_over_at_once(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let runner = w.runner();
    let before = w.claim(run, &runner).await.lease;
    let after = w.claim(run, &w.restarted(&runner)).await.lease;
    assert_eq!(after.epoch, before.epoch + 1);
    assert_eq!(renew(&w, run, before.epoch).await, Fenced::LeaseLost);
}

/// A claim that an earlier start sent before it died, and that arrives late.
pub(crate) async fn a_belated_claim_takes_nothing_from_the_successor(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let dead = w.runner();
    let lease = w.claim(run, &w.restarted(&dead)).await.lease;
    assert!(w.try_claim(run, &dead).await.is_none());
    assert!(matches!(renew(&w, run, lease.epoch).await, Fenced::Done(_)));
}

pub(crate) async fn renewing_keeps_the_lease(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let (holder, other) = (w.runner(), w.runner());
    let mut lease = w.claim(run, &holder).await.lease;
    for _ in 0..5 {
        w.clock.advance(lease::TTL - SignedDuration::from_secs(1));
        assert!(w.try_claim(run, &other).await.is_none());
        lease.expires_at = w.now() + lease::TTL;
        let renewed = Renewed {
            lease: lease.clone(),
            cancel_requested: false,
        };
        assert_eq!(renew(&w, run, lease.epoch).await, Fenced::Done(renewed));
    }
    let stored = w.runs().run(user, run).await.unwrap().unwrap();
    assert_eq!(stored.lease, Some(lease));
}

/// A short outage of the store throws no work away that nobody else has begun.
pub(crate) async fn a_late_renewal_is_good_while_nobody_else_claimed(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    w.clock.advance(lease::TTL + lease::TTL);
    assert!(matches!(w.say(run, epoch, "late").await, Fenced::Done(_)));
    assert!(matches!(renew(&w, run, epoch).await, Fenced::Done(_)));
    assert!(w.try_claim(run, &w.runner()).await.is_none());
}

pub(crate) async fn an_old_epoch_writes_nothing(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    assert_eq!(w.say(run, 0, "unclaimed").await, Fenced::LeaseLost);
    let old = w.claim(run, &w.runner()).await.lease.epoch;
    w.clock.advance(lease::TTL);
    let new = w.claim(run, &w.runner()).await.lease.epoch;
    let before = w.log(conversation).await;
    let row = w.runs().run(user, run).await.unwrap();

    for epoch in [old, new + 1, 0] {
        assert_eq!(w.say(run, epoch, "stale").await, Fenced::LeaseLost);
        assert_eq!(renew(&w, run, epoch).await, Fenced::LeaseLost);
        assert_eq!(w.finish(run, epoch).await, Fenced::LeaseLost);
    }
    assert_eq!(w.log(conversation).await, before);
    assert_eq!(w.runs().run(user, run).await.unwrap(), row);

    assert!(matches!(w.say(run, new, "mine").await, Fenced::Done(4)));
    assert_eq!(w.finish(run, new).await, Fenced::Done(()));
    let unknown = w.id();
    assert_eq!(w.say(unknown, 1, "nothing").await, Fenced::LeaseLost);
    assert_eq!(renew(&w, unknown, 1).await, Fenced::LeaseLost);
    assert_eq!(w.finish(unknown, 1).await, Fenced::LeaseLost);
}
