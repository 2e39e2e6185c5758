//! A keeper against a store that the test speaks for.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use berth_domain::lease::{RunnerId, TTL};
use berth_domain::ports::{StoreError, StoreErrorKind};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;

/// Longer than anything here takes, and shorter than a renewal that nobody asked for.
const SOON: Duration = Duration::from_secs(3);

#[derive(Debug)]
struct StoppedClock(Mutex<Timestamp>);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

/// A keeper's task, and what the test sees of it and of its store.
struct Kept {
    look: Arc<Notify>,
    cancel: CancellationToken,
    lost: CancellationToken,
    clock: Arc<StoppedClock>,
    /// What the store says about the owner's wish.
    cancel_requested: Arc<AtomicBool>,
    renewals: Arc<AtomicU32>,
    /// After every renewal that was answered.
    renewed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Kept {
    /// Keeps a lease whose renewals go to `answers`; the store hangs after that many.
    fn new(answers: u32, works: bool) -> Self {
        let clock = Arc::new(StoppedClock(Mutex::new(Timestamp::UNIX_EPOCH)));
        let lease = Lease {
            runner: RunnerId {
                name: "one".to_owned(),
                incarnation: Uuid::nil(),
            },
            epoch: 1,
            expires_at: clock.now() + TTL,
        };
        let (look, renewed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (cancel, lost) = (CancellationToken::new(), CancellationToken::new());
        let cancel_requested = Arc::new(AtomicBool::new(false));
        let renewals = Arc::new(AtomicU32::new(0));
        let keeping = Keeping {
            run: Uuid::nil().into(),
            clock: clock.clone(),
            look: look.clone(),
            cancel: cancel.clone(),
            lost: lost.clone(),
        };
        let store = (
            lease.clone(),
            cancel_requested.clone(),
            renewals.clone(),
            renewed.clone(),
        );
        let task = tokio::spawn(keeping.work(lease, move |_| {
            let (lease, wanted, count, told) = store.clone();
            async move {
                if count.fetch_add(1, Ordering::SeqCst) >= answers {
                    return std::future::pending().await;
                }
                told.notify_one();
                if works {
                    Ok(Fenced::Done(Renewed {
                        lease,
                        cancel_requested: wanted.load(Ordering::SeqCst),
                    }))
                } else {
                    Err(StoreError::new(
                        StoreErrorKind::Unavailable,
                        "runs.renew",
                        "down",
                    ))
                }
            }
        }));
        Self {
            look,
            cancel,
            lost,
            clock,
            cancel_requested,
            renewals,
            renewed,
            task,
        }
    }
}

#[tokio::test]
async fn a_hint_is_looked_into_and_only_the_store_stops_a_run() {
    let kept = Kept::new(u32::MAX, true);
    kept.look.notify_one();
    tokio::time::timeout(SOON, kept.renewed.notified())
        .await
        .unwrap();
    // The second look begins after the first one's answer was dealt with.
    kept.look.notify_one();
    tokio::time::timeout(SOON, kept.renewed.notified())
        .await
        .unwrap();
    assert!(!kept.cancel.is_cancelled(), "a forged hint stops nothing");
    kept.cancel_requested.store(true, Ordering::SeqCst);
    kept.look.notify_one();
    tokio::time::timeout(SOON, kept.cancel.cancelled())
        .await
        .unwrap();
    assert!(!kept.lost.is_cancelled());
}

#[tokio::test]
async fn a_thousand_hints_are_a_few_looks() {
    let kept = Kept::new(u32::MAX, true);
    for _ in 0..1000 {
        kept.look.notify_one();
        tokio::task::yield_now().await;
    }
    kept.look.notify_one();
    tokio::time::timeout(SOON, kept.renewed.notified())
        .await
        .unwrap();
    let looks = kept.renewals.load(Ordering::SeqCst);
    assert!(looks < 10, "{looks} looks");
}

#[tokio::test]
async fn after_a_pause_past_the_lease_a_store_that_hangs_is_not_waited_for() {
    let kept = Kept::new(1, false);
    kept.look.notify_one();
    tokio::time::timeout(SOON, kept.renewed.notified())
        .await
        .unwrap();
    *kept.clock.0.lock().unwrap() += TTL + SignedDuration::from_secs(1);
    tokio::time::timeout(SOON, kept.lost.cancelled())
        .await
        .unwrap();
}
