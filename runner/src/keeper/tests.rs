//! A keeper against a store that the test speaks for.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use berth_domain::clock::Clock;
use berth_domain::lease::{DOUBT, RunnerId, TTL};
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
    tenure: Tenure,
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
    /// Keeps a lease whose renewals go to a store that does what `store` says.
    fn new(store: &Arc<Mutex<Answers>>) -> Self {
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
        let cancel = CancellationToken::new();
        let tenure = Tenure::new(&lease, CancellationToken::new(), clock.clone(), None);
        let cancel_requested = Arc::new(AtomicBool::new(false));
        let renewals = Arc::new(AtomicU32::new(0));
        let keeping = Keeping {
            run: Uuid::nil().into(),
            epoch: 1,
            tenure: tenure.clone(),
            look: look.clone(),
            cancel: cancel.clone(),
            doubt: DOUBT.unsigned_abs(),
        };
        let asked = (
            store.clone(),
            clock.clone(),
            lease,
            cancel_requested.clone(),
            renewals.clone(),
            renewed.clone(),
        );
        let task = tokio::spawn(keeping.work(move |_| {
            let (store, clock, lease, wanted, count, told) = asked.clone();
            async move {
                count.fetch_add(1, Ordering::SeqCst);
                told.notify_one();
                let answers = *store.lock().unwrap();
                match answers {
                    Answers::Hang => std::future::pending().await,
                    Answers::Lost => Ok(Fenced::LeaseLost),
                    Answers::Down => {
                        let kind = StoreErrorKind::Unavailable;
                        Err(StoreError::new(kind, "runs.renew", "down"))
                    }
                    Answers::Renew => Ok(Fenced::Done(Renewed {
                        lease: Lease {
                            expires_at: clock.now() + TTL,
                            ..lease
                        },
                        cancel_requested: wanted.load(Ordering::SeqCst),
                    })),
                }
            }
        }));
        Self {
            look,
            cancel,
            tenure,
            clock,
            cancel_requested,
            renewals,
            renewed,
            task,
        }
    }

    /// Lets time pass: the tasks' and the clock's, a second at a time.
    async fn pass(&self, seconds: u32) {
        for _ in 0..seconds {
            *self.clock.0.lock().unwrap() += SignedDuration::from_secs(1);
            tokio::time::advance(Duration::from_secs(1)).await;
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// What the store does.
#[derive(Debug, Clone, Copy)]
enum Answers {
    Renew,
    Down,
    Hang,
    /// The run has another epoch.
    Lost,
}

fn store(answers: Answers) -> Arc<Mutex<Answers>> {
    Arc::new(Mutex::new(answers))
}

#[tokio::test]
async fn a_hint_is_looked_into_and_only_the_store_stops_a_run() {
    let kept = Kept::new(&store(Answers::Renew));
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
    assert!(!kept.tenure.lost.is_cancelled());
}

#[tokio::test]
async fn a_thousand_hints_are_a_few_looks() {
    let kept = Kept::new(&store(Answers::Renew));
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

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_nothing_is_written_and_afterwards_everything_goes_on() {
    for away in [Answers::Down, Answers::Hang] {
        let store = store(Answers::Renew);
        let kept = Kept::new(&store);
        kept.pass(10).await;
        *store.lock().unwrap() = away;
        kept.pass(9).await;
        assert!(kept.tenure.left().is_some(), "the last renewal holds");
        kept.pass(60).await;
        assert_eq!(kept.tenure.left(), None);
        let writes = tokio::spawn({
            let tenure = kept.tenure.clone();
            async move { tenure.certain().await }
        });
        kept.pass(10).await;
        assert!(!writes.is_finished(), "what is to be written waits");
        assert!(!kept.tenure.lost.is_cancelled(), "and the work goes on");
        *store.lock().unwrap() = Answers::Renew;
        // A question that hangs is given up first.
        kept.pass(12).await;
        assert_eq!(writes.await.unwrap(), Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_slept_past_the_lease_asks_before_anything_is_written() {
    for (answers, written) in [(Answers::Renew, Ok(())), (Answers::Lost, Err(LeaseLost))] {
        let kept = Kept::new(&store(answers));
        // Timers stood still meanwhile.
        *kept.clock.0.lock().unwrap() += SignedDuration::from_hours(1);
        let asked = kept.renewals.load(Ordering::SeqCst);
        assert_eq!((kept.tenure.left(), asked), (None, 0));
        assert_eq!(kept.tenure.certain().await, written);
        assert_eq!(kept.renewals.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_away_is_not_waited_for_for_ever() {
    let kept = Kept::new(&store(Answers::Down));
    let doubt = u32::try_from(DOUBT.as_secs()).unwrap();
    kept.pass(doubt).await;
    assert!(!kept.tenure.lost.is_cancelled());
    kept.pass(20).await;
    assert!(kept.tenure.lost.is_cancelled());
    assert_eq!(kept.tenure.certain().await, Err(LeaseLost));
}
