//! The port `gateway`, by asking the gateway's process.

mod link;
mod memory;
mod mirror;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{Gateway, GatewayError, Grant, Registries, RunSpend};
use berth_domain::run_token::TokenHash;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::wire::Order;
use mirror::Mirror;

/// How long an order may take, a restart of the gateway included.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a runner that has just started may take to grant what goes on from before. As long as a lease, by whose end every run that
/// lives on has been taken up.
const FINDING: Duration = Duration::from_secs(15);
/// Orders that wait to be sent.
const QUEUE: usize = 64;

type Answer = Result<RunSpend, GatewayError>;
type Reply = oneshot::Sender<Answer>;

/// An order and who waits for its answer.
#[derive(Debug)]
struct Ask {
    order: Order,
    reply: Reply,
}

/// A gateway in another process. Its figures are a mirror, which is as old as a line takes through a socket.
#[derive(Debug)]
pub struct RemoteGateway {
    orders: mpsc::Sender<Ask>,
    mirror: Arc<Mirror>,
}

impl RemoteGateway {
    /// The gateway that listens at `path` ([`path_in`](crate::path_in)), now or later: a task connects, and connects again whenever
    /// the gateway was started anew. It ends when this is dropped. Must be called inside a tokio runtime.
    pub fn connect(path: impl Into<PathBuf>) -> Self {
        Self::finding(path, FINDING)
    }

    /// The same, with another time in which this runner finds what goes on from before: for tests.
    pub fn finding(path: impl Into<PathBuf>, finding: Duration) -> Self {
        let (orders, queue) = mpsc::channel(QUEUE);
        let mirror = Arc::new(Mirror::default());
        tokio::spawn(link::run(path.into(), queue, Arc::clone(&mirror), finding));
        Self { orders, mirror }
    }

    async fn ask(&self, order: Order) -> Answer {
        let answered = async {
            let (reply, answer) = oneshot::channel();
            let sent = self.orders.send(Ask { order, reply }).await;
            sent.map_err(|_| GatewayError::Away)?;
            answer.await.map_err(|_| GatewayError::Away)?
        };
        tokio::time::timeout(PATIENCE, answered)
            .await
            .map_err(|_| GatewayError::Away)?
    }
}

#[async_trait]
impl Gateway for RemoteGateway {
    async fn open(
        &self,
        user: UserId,
        socket_dir: &Path,
        registries: &Registries,
    ) -> Result<(), GatewayError> {
        let order = Order::Open {
            user,
            folder: socket_dir.to_owned(),
            registries: registries.clone(),
        };
        self.ask(order).await.map(drop)
    }

    async fn close(&self, user: UserId) {
        if let Err(error) = self.ask(Order::Close(user)).await {
            tracing::warn!(user.id = %user, %error, "a workspace's socket could not be closed");
        }
    }

    async fn grant(&self, token: TokenHash, grant: Grant) -> Result<(), GatewayError> {
        self.ask(Order::Grant { token, grant }).await.map(drop)
    }

    async fn revoke(&self, token: TokenHash) -> RunSpend {
        let seen = self.mirror.of_token(token);
        self.ask(Order::Revoke(token))
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "a run ends with the figures last seen");
                seen
            })
    }

    /// Said without waiting: where it cannot be said now, the next word is 4 s away.
    fn vouch(&self, until: Timestamp) {
        let (reply, _) = oneshot::channel();
        let order = Order::Vouch(until);
        if self.orders.try_send(Ask { order, reply }).is_err() {
            tracing::debug!("the gateway was not told until when this runner has its workspaces");
        }
    }

    fn status(&self, run: RunId) -> RunSpend {
        self.watch(run)
            .map(|figures| figures.borrow().clone())
            .unwrap_or_default()
    }

    fn watch(&self, run: RunId) -> Option<watch::Receiver<RunSpend>> {
        self.mirror.watch(run)
    }
}
