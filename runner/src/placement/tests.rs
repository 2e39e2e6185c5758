//! Registration and decisions, against a store that does what a test says.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use async_trait::async_trait;
use berth_domain::ids::RunId;
use berth_domain::lease::TTL;
use berth_domain::placement::{Placement, Registration, Standing};
use berth_domain::ports::artifacts::{Body, IfThere, Listed, ObjectKey, Pieces, Put};
use berth_domain::ports::gateway::{Gateway, GatewayError, Grant, Registries, RunSpend};
use berth_domain::ports::placements::Progress;
use berth_domain::ports::runs::Fenced;
use berth_domain::ports::{StoreError, StoreErrorKind};
use berth_domain::run_token::TokenHash;
use uuid::Uuid;

use super::*;
use crate::engine::{LocalConfig, LocalEngine};
use crate::workspace::WorkspacesConfig;

const USER: UserId = UserId(Uuid::from_u128(7));

/// Counts what it is asked, and answers as it is told.
#[derive(Debug, Default)]
struct Told {
    places: AtomicUsize,
    renewals: AtomicUsize,
    /// Of what it was told last.
    draining: AtomicBool,
    elsewhere: AtomicBool,
    down: AtomicBool,
    hangs: AtomicBool,
    gone: AtomicBool,
    /// Seconds since some day.
    seconds: AtomicI64,
}

fn runner() -> RunnerId {
    RunnerId {
        name: "one".to_owned(),
        incarnation: Uuid::from_u128(1),
    }
}

impl Told {
    fn registration(name: &str, now: Timestamp) -> Registration {
        Registration {
            runner: RunnerId {
                name: name.to_owned(),
                ..runner()
            },
            address: String::new(),
            standing: Standing::Serving,
            expires_at: now + TTL,
        }
    }
}

impl Clock for Told {
    fn now(&self) -> Timestamp {
        let seconds = 1_800_000_000 + self.seconds.load(Ordering::SeqCst);
        Timestamp::from_second(seconds).unwrap()
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

#[async_trait]
impl Placements for Told {
    async fn register(
        &self,
        _: &RunnerId,
        _: &str,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>> {
        Ok((!self.gone.load(Ordering::SeqCst)).then(|| Self::registration("one", now)))
    }

    async fn renew_registration(
        &self,
        _: &RunnerId,
        draining: bool,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>> {
        self.renewals.fetch_add(1, Ordering::SeqCst);
        self.draining.store(draining, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.down.load(Ordering::SeqCst) {
            let kind = StoreErrorKind::Unavailable;
            return Err(StoreError::new(
                kind,
                "placements.renew_registration",
                "down",
            ));
        }
        Ok((!self.gone.load(Ordering::SeqCst)).then(|| Self::registration("one", now)))
    }

    async fn unregister(&self, _: &RunnerId) -> StoreResult<()> {
        Ok(())
    }

    async fn runners(&self, _: Timestamp) -> StoreResult<Vec<Registration>> {
        Ok(Vec::new())
    }

    async fn place(&self, _: UserId, runner: &RunnerId, now: Timestamp) -> StoreResult<Placed> {
        self.places.fetch_add(1, Ordering::SeqCst);
        if self.elsewhere.load(Ordering::SeqCst) {
            return Ok(Placed::Elsewhere(Self::registration("two", now)));
        }
        Ok(Placed::Yours(Placement {
            runner: runner.clone(),
            epoch: 1,
            stage: Stage::Here,
            snapshot: None,
        }))
    }

    async fn placement(&self, _: UserId) -> StoreResult<Option<Placement>> {
        let elsewhere = self.elsewhere.load(Ordering::SeqCst);
        Ok(elsewhere.then(|| Placement {
            runner: Self::registration("two", self.now()).runner,
            epoch: 1,
            stage: Stage::Here,
            snapshot: None,
        }))
    }

    async fn placed_on(&self, _: &str, _: u32) -> StoreResult<Vec<UserId>> {
        Ok(Vec::new())
    }

    async fn record_placement(&self, _: UserId, _: u64, _: &Progress) -> StoreResult<Fenced<()>> {
        Ok(Fenced::Done(()))
    }
}

/// Opens nothing.
#[derive(Debug)]
struct NoGateway;

#[async_trait]
impl Gateway for NoGateway {
    async fn open(&self, _: UserId, _: &Path, _: &Registries) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn close(&self, _: UserId) {}

    async fn grant(&self, _: TokenHash, _: Grant) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn revoke(&self, _: TokenHash) -> RunSpend {
        RunSpend::default()
    }

    fn vouch(&self, _: Timestamp) {}

    fn status(&self, _: RunId) -> RunSpend {
        RunSpend::default()
    }

    fn watch(&self, _: RunId) -> Option<tokio::sync::watch::Receiver<RunSpend>> {
        None
    }
}

/// Holds nothing.
#[derive(Debug)]
struct NoObjects;

#[async_trait]
impl Artifacts for NoObjects {
    async fn put(&self, _: &ObjectKey, _: Body, _: IfThere) -> StoreResult<Put> {
        Ok(Put::Stored)
    }

    async fn get(&self, _: &ObjectKey) -> StoreResult<Option<Pieces>> {
        Ok(None)
    }

    async fn list(&self, _: &ObjectKey, _: Option<&ObjectKey>, _: u32) -> StoreResult<Vec<Listed>> {
        Ok(Vec::new())
    }

    async fn delete(&self, _: &ObjectKey) -> StoreResult<bool> {
        Ok(false)
    }
}

async fn registered(told: &Arc<Told>) -> Placing {
    let engine = LocalEngine::new(LocalConfig {
        supervisor: "/nonexistent".into(),
        root: "/nonexistent".into(),
    });
    let workspaces = Workspaces::new(
        Arc::new(engine),
        Arc::new(NoGateway),
        told.clone(),
        WorkspacesConfig::default(),
    );
    let deps = PlacementDeps {
        placements: told.clone(),
        snapshots: Arc::new(NoObjects),
        workspaces: Arc::new(workspaces),
        clock: told.clone(),
    };
    let config = PlacementConfig::new("127.0.0.1:1".to_owned());
    let placing = Placing::new(runner(), config, deps);
    assert_eq!(placing.place(USER).await.unwrap(), Lives::Nowhere);
    assert!(placing.register(&CancellationToken::new()).await);
    placing
}

/// Lets the task and the clock go on together, a second at a time.
async fn pass(told: &Told, seconds: i64) {
    for _ in 0..seconds {
        told.seconds.fetch_add(1, Ordering::SeqCst);
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
}

fn keep(placing: &Placing, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let (placing, stop) = (placing.clone(), stop.clone());
    tokio::spawn(async move { placing.keep_registered(&stop).await })
}

#[tokio::test(start_paused = true)]
async fn a_warm_workspace_costs_no_call_while_the_registration_is_good() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    assert!(!placing.may_claim()(USER));
    for _ in 0..100 {
        assert_eq!(placing.place(USER).await.unwrap(), Lives::Here);
    }
    assert!(placing.may_claim()(USER));
    assert_eq!(told.places.load(Ordering::SeqCst), 1);
    // Nobody renews: 3 s before others may take it, nothing may be done any more, whatever a task still has to say.
    told.seconds.fetch_add(12, Ordering::SeqCst);
    assert!(!placing.may_claim()(USER));
    assert_eq!(placing.place(USER).await.unwrap(), Lives::Nowhere);
    assert_eq!(told.places.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn where_a_workspace_is_elsewhere_is_asked_seldom() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    told.elsewhere.store(true, Ordering::SeqCst);
    for _ in 0..100 {
        let lives = placing.place(USER).await.unwrap();
        assert_eq!(lives, Lives::On("two".to_owned()));
    }
    assert_eq!(told.places.load(Ordering::SeqCst), 1);
    told.elsewhere.store(false, Ordering::SeqCst);
    // Longer than that is believed.
    assert!(ELSEWHERE < Duration::from_secs(1));
    told.seconds.fetch_add(1, Ordering::SeqCst);
    assert_eq!(placing.place(USER).await.unwrap(), Lives::Here);
}

#[tokio::test(start_paused = true)]
async fn who_renews_goes_on_and_who_is_declared_gone_ends() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    let keeping = keep(&placing, &CancellationToken::new());
    pass(&told, 60).await;
    assert!(placing.is_valid());
    let renewals = told.renewals.load(Ordering::SeqCst);
    assert!((14..=16).contains(&renewals), "{renewals}");
    let left = berth_domain::ports::homes::Homes::left(&placing, USER);
    told.gone.store(true, Ordering::SeqCst);
    pass(&told, 5).await;
    assert!(placing.gone().is_cancelled());
    left.await;
    keeping.await.unwrap();
    assert!(!placing.register(&CancellationToken::new()).await);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_or_hangs_prolongs_nothing_and_ends_nothing() {
    for hangs in [false, true] {
        let told = Arc::new(Told::default());
        let placing = registered(&told).await;
        assert_eq!(placing.place(USER).await.unwrap(), Lives::Here);
        told.down.store(!hangs, Ordering::SeqCst);
        told.hangs.store(hangs, Ordering::SeqCst);
        let keeping = keep(&placing, &CancellationToken::new());
        pass(&told, 11).await;
        assert!(placing.may_claim()(USER));
        pass(&told, 60).await;
        let most = told.renewals.load(Ordering::SeqCst);
        assert!(
            most <= 160,
            "a store that does not answer is not asked all the time: {most}"
        );
        assert!(!placing.may_claim()(USER), "in doubt nothing is claimed");
        assert_eq!(placing.place(USER).await.unwrap(), Lives::Nowhere);
        assert!(!placing.gone().is_cancelled(), "and nothing is stopped");
        told.down.store(false, Ordering::SeqCst);
        told.hangs.store(false, Ordering::SeqCst);
        pass(&told, 12).await;
        assert!(placing.may_claim()(USER), "what was here is here");
        keeping.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_first_after_an_outage_takes_nothing_from_those_who_are_not() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    let _keeping = keep(&placing, &CancellationToken::new());
    told.down.store(true, Ordering::SeqCst);
    pass(&told, 60).await;
    told.down.store(false, Ordering::SeqCst);
    told.elsewhere.store(true, Ordering::SeqCst);
    pass(&told, 2).await;
    assert!(placing.is_valid());
    let two = Lives::On("two".to_owned());
    assert_eq!(placing.place(USER).await.unwrap(), two);
    assert_eq!(
        told.places.load(Ordering::SeqCst),
        0,
        "the store would give it"
    );
    // Who has not come back by then is gone.
    pass(&told, TTL.as_secs()).await;
    assert_eq!(placing.place(USER).await.unwrap(), two);
    assert_eq!(told.places.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn who_was_declared_gone_while_in_doubt_ends() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    let keeping = keep(&placing, &CancellationToken::new());
    told.down.store(true, Ordering::SeqCst);
    pass(&told, 60).await;
    told.gone.store(true, Ordering::SeqCst);
    told.down.store(false, Ordering::SeqCst);
    pass(&told, 2).await;
    assert!(placing.gone().is_cancelled());
    keeping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_asks_in_vain_for_too_long_ends() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    let keeping = keep(&placing, &CancellationToken::new());
    told.down.store(true, Ordering::SeqCst);
    pass(&told, DOUBT.as_secs()).await;
    assert!(!placing.gone().is_cancelled());
    pass(&told, 20).await;
    assert!(placing.gone().is_cancelled());
    keeping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_signal_to_end_is_told_at_once_and_nothing_new_is_taken() {
    let told = Arc::new(Told::default());
    let placing = registered(&told).await;
    assert_eq!(placing.place(USER).await.unwrap(), Lives::Here);
    let stop = CancellationToken::new();
    let _keeping = keep(&placing, &stop);
    stop.cancel();
    pass(&told, 1).await;
    assert!(told.draining.load(Ordering::SeqCst));
    let other = UserId(Uuid::from_u128(8));
    assert_eq!(placing.place(other).await.unwrap(), Lives::Nowhere);
    assert_eq!(placing.place(USER).await.unwrap(), Lives::Here);
    pass(&told, 30).await;
    assert!(placing.is_valid(), "what it has it keeps while it drains");
}
