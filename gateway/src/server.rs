//! The gateway itself: which workspaces are open, and what the runner grants and revokes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::clock::Clock;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::audit::AuditSink;
use berth_domain::ports::gateway::{Gateway, GatewayError, Grant, Registries, RunSpend};
use berth_domain::ports::usage::UsageLedger;
use berth_domain::run_token::TokenHash;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::GatewayConfig;
use crate::grants::{Granted, Grants, NotGranted, RunState};
use crate::http::Refusal;
use crate::registry::Sources;
use crate::spending::Spending;
use crate::upstream::Upstream;
use crate::vouched::Vouched;

mod connection;
mod hold;
mod listener;
mod route;

pub(crate) use connection::Place;

/// How long the end of a run waits for its calls to be settled after they were cut.
const SETTLE_WITHIN: Duration = Duration::from_secs(5);

/// How long calls that are cut at the gateway's own end may take to be settled.
const CUT_WITHIN: Duration = Duration::from_secs(2);

/// What every request needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: GatewayConfig,
    pub(crate) grants: Grants,
    pub(crate) spending: Arc<Spending>,
    pub(crate) audit: Arc<dyn AuditSink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) upstream: Upstream,
    pub(crate) vouched: Vouched,
    pub(crate) tasks: TaskTracker,
    /// No new calls are taken.
    leaving: CancellationToken,
}

impl Context {
    /// What a call is told that is cut before its answer has begun.
    pub(crate) fn cut(&self) -> Refusal {
        if self.leaving.is_cancelled() {
            Refusal::later()
        } else {
            Refusal::unauthorized("the run has ended")
        }
    }

    /// What `token` opens in the workspace of `user`.
    pub(crate) fn granted(&self, user: UserId, token: &str) -> Result<Arc<Granted>, NotGranted> {
        if self.leaving.is_cancelled() {
            return Err(NotGranted::Later);
        }
        // Read before the table is, for it is set after everything is in the table.
        let told = *self.config.told.borrow();
        self.grants.find(user, token).ok_or(if told {
            NotGranted::Unknown
        } else {
            NotGranted::Later
        })
    }
}

/// One open workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) user: UserId,
    socket_dir: PathBuf,
    sources: Mutex<Arc<Sources>>,
    /// Ends the listener and every connection.
    closed: CancellationToken,
}

impl Workspace {
    /// Fires when the workspace closes.
    pub(crate) fn closed(&self) -> CancellationToken {
        self.closed.clone()
    }

    pub(crate) fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.sources.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves any number of workspaces. Dropping it leaves its tasks running until the shutdown token fires.
#[derive(Debug)]
pub struct GatewayServer {
    context: Arc<Context>,
    workspaces: Mutex<HashMap<UserId, Arc<Workspace>>>,
    shutdown: CancellationToken,
    /// One workspace is opened at a time, so that two calls do not fight for one socket.
    opening: tokio::sync::Mutex<()>,
}

impl GatewayServer {
    /// Must be called inside a tokio runtime: a task of `tasks` writes settled calls to the ledger until `shutdown` fires,
    /// and then what is left. Connections end with `shutdown` too.
    pub fn new(
        config: GatewayConfig,
        ledger: Arc<dyn UsageLedger>,
        audit: Arc<dyn AuditSink>,
        clock: Arc<dyn Clock>,
        shutdown: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        let vouched = Vouched::new(Arc::clone(&clock));
        let spending = Arc::new(Spending::new(
            ledger,
            Arc::clone(&clock),
            vouched.clone(),
            config.calls.clone(),
        ));
        let (writer, stop) = (Arc::clone(&spending), shutdown.clone());
        tasks.spawn(async move { writer.write_settled(stop).await });
        let upstream = Upstream::default();
        let context = Arc::new(Context {
            config,
            grants: Grants::default(),
            spending,
            audit,
            clock,
            upstream,
            vouched,
            tasks,
            leaving: CancellationToken::new(),
        });
        Self {
            context,
            workspaces: Mutex::default(),
            shutdown,
            opening: tokio::sync::Mutex::default(),
        }
    }

    /// Takes no more calls, which are told to come again, and waits until those under way are over, for at most `within`. What takes
    /// longer is cut and settled.
    pub async fn drain(&self, within: Duration) {
        self.context.leaving.cancel();
        let runs = self.context.grants.runs();
        let over = async {
            for run in &runs {
                run.active.close();
                run.active.wait().await;
            }
        };
        tokio::pin!(over);
        if tokio::time::timeout(within, &mut over).await.is_err() {
            tracing::warn!("calls under way are cut: they take longer than the gateway may");
            for run in &runs {
                run.cancel.cancel();
            }
            if tokio::time::timeout(CUT_WITHIN, over).await.is_err() {
                tracing::warn!("calls that were cut are still not settled");
            }
        }
    }

    fn workspaces(&self) -> MutexGuard<'_, HashMap<UserId, Arc<Workspace>>> {
        self.workspaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a grant that is no longer in the table. Unless another token serves the same run, its calls are cut.
    async fn retire(&self, granted: Arc<Granted>) -> RunSpend {
        let run = Arc::clone(&granted.run);
        if self.context.grants.run(granted.grant.run_id).is_none() {
            run.cancel.cancel();
            run.active.close();
            if tokio::time::timeout(SETTLE_WITHIN, run.active.wait())
                .await
                .is_err()
            {
                tracing::warn!(run.id = %granted.grant.run_id, "calls of an ended run are still not settled");
            }
        }
        run.spend.borrow().clone()
    }
}

#[async_trait]
impl Gateway for GatewayServer {
    async fn open(
        &self,
        user: UserId,
        socket_dir: &Path,
        registries: &Registries,
    ) -> Result<(), GatewayError> {
        let sources = Arc::new(
            Sources::parse(registries)
                .map_err(|reason| GatewayError::Registry(reason.to_owned()))?,
        );
        let _one_at_a_time = self.opening.lock().await;
        let known = self.workspaces().get(&user).cloned();
        if let Some(workspace) = known {
            if workspace.socket_dir == socket_dir && listener::is_bound(socket_dir) {
                *workspace
                    .sources
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = sources;
                return Ok(());
            }
            self.close(user).await;
        }
        let socket =
            listener::bind(socket_dir).map_err(|source| GatewayError::Socket { user, source })?;
        let workspace = Arc::new(Workspace {
            user,
            socket_dir: socket_dir.to_owned(),
            sources: Mutex::new(sources),
            closed: self.shutdown.child_token(),
        });
        self.context.tasks.spawn(listener::serve(
            Arc::clone(&self.context),
            Arc::clone(&workspace),
            socket,
        ));
        self.workspaces().insert(user, workspace);
        let upstream = self.context.upstream.clone();
        self.context
            .tasks
            .spawn_blocking(move || upstream.warm_up());
        Ok(())
    }

    async fn close(&self, user: UserId) {
        let workspace = self.workspaces().remove(&user);
        if let Some(workspace) = workspace {
            workspace.closed.cancel();
            listener::unlink(&workspace.socket_dir);
        }
    }

    async fn grant(&self, token: TokenHash, mut grant: Grant) -> Result<(), GatewayError> {
        let (ceiling, now) = (self.context.config.limits.month, self.context.clock.now());
        grant.limits = grant.limits.with_month_ceiling(ceiling, now);
        let (accounts, usage) = self.context.spending.open(&grant).await?;
        let run = self.context.grants.run(grant.run_id);
        let run = run.unwrap_or_else(|| {
            Arc::new(RunState::new(RunSpend {
                usage,
                ..RunSpend::default()
            }))
        });
        let replaced = self.context.grants.insert(
            token,
            Granted {
                grant,
                run,
                accounts,
            },
        );
        if let Some(replaced) = replaced {
            self.retire(replaced).await;
        }
        Ok(())
    }

    async fn revoke(&self, token: TokenHash) -> RunSpend {
        match self.context.grants.remove(token) {
            Some(granted) => self.retire(granted).await,
            None => RunSpend::default(),
        }
    }

    fn vouch(&self, until: Timestamp) {
        self.context.vouched.say(until);
    }

    fn status(&self, run: RunId) -> RunSpend {
        self.context
            .grants
            .run(run)
            .map(|run| run.spend.borrow().clone())
            .unwrap_or_default()
    }

    fn watch(&self, run: RunId) -> Option<watch::Receiver<RunSpend>> {
        self.context
            .grants
            .run(run)
            .map(|run| run.spend.subscribe())
    }
}
