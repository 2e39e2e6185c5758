//! The runner: claims runs and sees each one through in its user's container.
//!
//! `intake` takes work in, `session` is one run from claim to finish, `transcript` turns what Claude Code writes into
//! events, `recorder` stores them, `done` looks at what an agent's run has made, `keeper` holds the lease, `reaper` gives back what is idle. `workspace` and `engine` know
//! containers. Deliberately absent: anything about HTTP clients, and any trust in what a container says.

mod agent;
pub mod claude;
mod context;
mod done;
pub mod engine;
mod intake;
mod keeper;
mod outcome;
pub mod placement;
mod processes;
mod reaper;
mod recorder;
mod session;
mod tools;
pub mod transcript;
pub mod workspace;

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ports::queue::Hint;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use claude::command::ClaudeConfig;
pub use context::{RunnerConfig, RunnerDeps};

use context::Context;
use intake::Intake;
use placement::Placing;

/// How long a runner that is told to stop waits for runs to end by themselves before it leaves them to the next start.
const DRAIN: Duration = Duration::from_secs(2);
/// How long leaving them may take: each stores what it has read.
const DETACH: Duration = Duration::from_secs(5);
/// Runs that are announced when a runner has handed over.
const REST: u32 = 256;

/// Works until `stop` is triggered; then takes nothing new, waits a moment for runs to end, and leaves the rest working in
/// their containers, to be taken up at the next start.
pub async fn run(config: RunnerConfig, deps: RunnerDeps, stop: CancellationToken) {
    work(context(config, deps, None), stop).await;
}

/// How a runner among several has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to, and its workspaces are handed over as far as time allowed.
    Stopped,
    /// It was declared gone, or could not renew in time. Its process must end; another start may follow.
    Gone,
}

/// Works among other runners until `stop` is triggered, and then hands everything over; or until this start is declared gone, and then stops
/// everything it has. `placing` is of the same runner and the same workspaces.
pub async fn run_placed(
    config: RunnerConfig,
    deps: RunnerDeps,
    placing: Placing,
    stop: CancellationToken,
) -> Ended {
    if !placing.register(&stop).await {
        placing.fence().await;
        return if stop.is_cancelled() {
            Ended::Stopped
        } else {
            Ended::Gone
        };
    }
    let context = context(config, deps, Some(placing.clone()));
    let (keeping, drain) = (placing.clone(), stop.clone());
    let keeping = tokio::spawn(async move { keeping.keep_registered(&drain).await });
    let lived = async {
        placing.sort_out().await;
        let until = stop.child_token();
        let _ended = until.clone().drop_guard();
        let working = work(context.clone(), until.clone());
        tokio::pin!(working);
        tokio::select! {
            () = &mut working => {}
            () = placing.gone().cancelled() => {
                until.cancel();
                // Not one after the other: there are seconds until others work in the same workspaces.
                tokio::join!(working, placing.fence());
            }
        }
        if !placing.gone().is_cancelled() {
            placing.hand_over().await;
        }
    };
    lived.await;
    if placing.gone().is_cancelled() {
        // What a session that was just beginning may have started.
        placing.fence().await;
        return Ended::Gone;
    }
    keeping.abort();
    placing.unregister().await;
    announce_rest(&context).await;
    Ended::Stopped
}

/// What waits here can begin elsewhere at once.
async fn announce_rest(context: &Context) {
    let (deps, config) = (&context.deps, &context.config);
    let now = deps.clock.now();
    let waiting = deps.runs.claimable(&config.id, config.quota, now, REST);
    match waiting.await {
        Ok(runs) => {
            for run in runs {
                deps.queue.announce(Hint::Claim(run)).await;
            }
        }
        Err(error) => {
            tracing::debug!(error = %error.source, "other runners' sweeps will find what waits");
        }
    }
}

fn context(config: RunnerConfig, deps: RunnerDeps, placing: Option<Placing>) -> Arc<Context> {
    Arc::new(Context {
        config,
        judge: done::Judge::new(deps.workspaces.clone()),
        deps,
        processes: processes::Processes::default(),
        placing,
    })
}

async fn work(context: Arc<Context>, stop: CancellationToken) {
    for (user, berth, running) in context.deps.workspaces.adopt_running().await {
        let now = context.deps.clock.now();
        context.processes.adopt(user, &berth, &running, now);
    }
    let sessions = TaskTracker::new();
    let detach = CancellationToken::new();
    let reaper = tokio::spawn(reaper::work(context.clone(), stop.clone()));
    let placing = context.placing.as_ref();
    let grace = placing.map_or(DRAIN, |placing| placing.config().grace);
    Intake::new(context.clone(), sessions.clone(), stop, detach.clone())
        .work()
        .await;
    sessions.close();
    if tokio::time::timeout(grace, sessions.wait()).await.is_err() {
        detach.cancel();
        if tokio::time::timeout(DETACH, sessions.wait()).await.is_err() {
            tracing::warn!(runs = sessions.len(), "runs did not let go in time");
        }
    }
    reaper.abort();
}
