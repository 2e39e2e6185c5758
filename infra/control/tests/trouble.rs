//! What goes wrong between the two, with a gateway that does as the test says.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use berth_control::{Control, LINGER, RemoteGateway, listen, path_in};
use berth_domain::budget::BudgetLimits;
use berth_domain::egress::EgressPolicy;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{Gateway, GatewayError, Grant, Registries, RunSpend};
use berth_domain::ports::usage::LedgerError;
use berth_domain::run_token::TokenHash;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

const DEADLINE: Duration = Duration::from_secs(20);
const TOKEN: TokenHash = TokenHash([1; 32]);

/// What the gateway does, and what was asked of it.
#[derive(Debug, Clone, Default)]
struct State {
    /// Grants wait.
    slow: bool,
    /// Grants fail.
    without_ledger: bool,
    asked: usize,
    granted: Vec<TokenHash>,
    revoked: usize,
}

#[derive(Debug, Default)]
struct Moody(watch::Sender<State>);

impl Moody {
    async fn until(&self, what: impl FnMut(&State) -> bool) -> State {
        let mut state = self.0.subscribe();
        timeout(DEADLINE, state.wait_for(what))
            .await
            .unwrap()
            .unwrap()
            .clone()
    }
}

#[async_trait]
impl Gateway for Moody {
    async fn open(&self, _: UserId, _: &Path, _: &Registries) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn close(&self, _: UserId) {}

    async fn grant(&self, token: TokenHash, _: Grant) -> Result<(), GatewayError> {
        self.0.send_modify(|state| state.asked += 1);
        if self.until(|state| !state.slow).await.without_ledger {
            return Err(GatewayError::Ledger(LedgerError {
                operation: "test",
                source: "down".into(),
            }));
        }
        self.0.send_modify(|state| state.granted.push(token));
        Ok(())
    }

    async fn revoke(&self, token: TokenHash) -> RunSpend {
        self.0.send_modify(|state| {
            state.revoked += 1;
            state.granted.retain(|granted| *granted != token);
        });
        RunSpend::default()
    }

    fn status(&self, _: RunId) -> RunSpend {
        RunSpend::default()
    }

    fn watch(&self, _: RunId) -> Option<watch::Receiver<RunSpend>> {
        None
    }
}

/// A gateway's process.
struct Served {
    gateway: Arc<Moody>,
    told: watch::Receiver<bool>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    fn start(data: &Path, state: State) -> Self {
        let gateway = Arc::new(Moody(watch::Sender::new(state)));
        let (sender, told) = watch::channel(false);
        let control = Control {
            gateway: gateway.clone(),
            told: sender,
            linger: LINGER,
        };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(control.serve(listen(&path_in(data)).unwrap(), stop.clone()));
        Self {
            gateway,
            told,
            stop,
            tasks,
        }
    }

    async fn kill(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn until_told(&mut self) {
        let told = self.told.wait_for(|told| *told);
        timeout(DEADLINE, told).await.unwrap().unwrap();
    }
}

fn grant() -> Grant {
    Grant {
        run_id: RunId(Uuid::from_u128(1)),
        user_id: UserId(Uuid::from_u128(2)),
        agent_id: None,
        conversation_id: None,
        of_agent_run: false,
        unspent: false,
        models: None,
        limits: BudgetLimits::default(),
        egress: EgressPolicy::default(),
    }
}

#[tokio::test]
async fn what_cannot_be_granted_again_yet_is_tried_again_and_no_token_is_wrong_until_then() {
    let data = tempfile::tempdir().unwrap();
    let first = Served::start(data.path(), State::default());
    let runner = RemoteGateway::finding(path_in(data.path()), Duration::ZERO);
    runner.grant(TOKEN, grant()).await.unwrap();
    first.kill().await;

    let down = State {
        without_ledger: true,
        ..State::default()
    };
    let mut second = Served::start(data.path(), down);
    second.gateway.until(|state| state.asked == 3).await;
    assert!(!*second.told.borrow());
    let up = |state: &mut State| state.without_ledger = false;
    second.gateway.0.send_modify(up);
    second.until_told().await;
    let state = second.gateway.until(|_| true).await;
    assert_eq!(state.granted, [TOKEN]);
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let slow = State {
        slow: true,
        ..State::default()
    };
    let served = Served::start(data.path(), slow);
    let runner = Arc::new(RemoteGateway::finding(path_in(data.path()), Duration::ZERO));
    let asking = tokio::spawn({
        let runner = runner.clone();
        async move { runner.grant(TOKEN, grant()).await }
    });
    served.gateway.until(|state| state.asked == 1).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    served.gateway.0.send_modify(|state| state.slow = false);
    let state = served.gateway.until(|state| state.revoked == 1).await;
    assert!(state.granted.is_empty());
    assert!(runner.watch(grant().run_id).is_none());
}

/// An order that breaks off with the connection is given again, once.
#[tokio::test]
async fn an_order_survives_the_end_of_the_gateway_that_was_to_carry_it_out() {
    let data = tempfile::tempdir().unwrap();
    let slow = State {
        slow: true,
        ..State::default()
    };
    let first = Served::start(data.path(), slow);
    let runner = Arc::new(RemoteGateway::finding(path_in(data.path()), Duration::ZERO));
    let asking = tokio::spawn({
        let runner = runner.clone();
        async move { runner.grant(TOKEN, grant()).await }
    });
    first.gateway.until(|state| state.asked == 1).await;
    // It hangs for ever: its process ends without it.
    first.stop.cancel();
    std::fs::remove_file(path_in(data.path())).unwrap();

    let second = Served::start(data.path(), State::default());
    timeout(DEADLINE, asking).await.unwrap().unwrap().unwrap();
    assert_eq!(second.gateway.until(|_| true).await.granted, [TOKEN]);
}

#[tokio::test]
async fn what_is_not_understood_ends_the_connection_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let mut served = Served::start(data.path(), State::default());
    for garbage in [
        "nonsense\n",
        "{\"id\":1,\"order\":{\"fly\":null}}\n",
        "{}\n",
    ] {
        let mut stream = UnixStream::connect(path_in(data.path())).await.unwrap();
        stream.write_all(garbage.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let end = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest);
        timeout(DEADLINE, end).await.unwrap().unwrap();
        assert!(rest.is_empty());
    }
    let runner = RemoteGateway::finding(path_in(data.path()), Duration::ZERO);
    runner.grant(TOKEN, grant()).await.unwrap();
    served.until_told().await;
}
