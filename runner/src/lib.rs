//! The runner: claims runs and sees each one through in its user's container.
//!
//! `intake` takes work in, `session` is one run from claim to finish, `transcript` turns what Claude Code writes into
//! events, `recorder` stores them, `done` looks at what an agent's run has made, `keeper` holds the lease, `tenure` says whether it is certain, `reaper` gives back what is idle. `placement` says which workspaces live here where there are several runners. `workspace` and `engine` know
//! containers. Deliberately absent: anything about HTTP clients, and any trust in what a container says.

mod agent;
mod among;
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
mod tenure;
mod tools;
pub mod transcript;
pub mod workspace;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use among::{Ended, run_placed};
pub use claude::command::ClaudeConfig;
pub use context::{RunnerConfig, RunnerDeps};

use context::Context;
use intake::Intake;
use placement::Placing;

/// How long a runner that is told to stop waits for runs to end by themselves before it leaves them to the next start.
const DRAIN: Duration = Duration::from_secs(2);
/// How long leaving them may take: each stores what it has read.
const DETACH: Duration = Duration::from_secs(5);

/// Works until `stop` is triggered; then takes nothing new, waits a moment for runs to end, and leaves the rest working in
/// their containers, to be taken up at the next start.
pub async fn run(config: RunnerConfig, deps: RunnerDeps, stop: CancellationToken) {
    work(context(config, deps, None), stop).await;
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
    let intake = Intake::new(context.clone(), sessions.clone(), stop, detach.clone());
    let busy = intake.work().await;
    sessions.close();
    let idle = async {
        if let Some(placing) = placing {
            let handing = placing.hand_over_idle(&busy);
            placing.gone().run_until_cancelled(handing).await;
        }
        std::future::pending::<Infallible>().await
    };
    let ended = tokio::select! {
        biased;
        ended = tokio::time::timeout(grace, sessions.wait()) => ended,
        never = idle => match never {},
    };
    if ended.is_err() {
        detach.cancel();
        if tokio::time::timeout(DETACH, sessions.wait()).await.is_err() {
            tracing::warn!(runs = sessions.len(), "runs did not let go in time");
        }
    }
    reaper.abort();
}
