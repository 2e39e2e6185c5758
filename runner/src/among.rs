//! A runner among others: registered while it lives, and gone in good order.

use berth_domain::ports::queue::Hint;
use tokio_util::sync::CancellationToken;

use crate::context::{Context, RunnerConfig, RunnerDeps};
use crate::placement::{ANNOUNCE, ELSEWHERE, Placing};
use crate::{context, work};

/// Runs that are announced when everything is handed over.
const REST: u32 = 256;

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
        if stop.is_cancelled() {
            return Ended::Stopped;
        }
        placing.fence().await;
        return Ended::Gone;
    }
    let (kept, drain) = (placing.clone(), stop.clone());
    let keeping = tokio::spawn(async move { kept.keep_registered(&drain).await });
    let context = context(config, deps, Some(placing.clone()));
    placing.sort_out().await;
    let until = stop.child_token();
    {
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
    }
    if !placing.gone().is_cancelled() {
        placing.hand_over().await;
    }
    if placing.gone().is_cancelled() {
        // What a session that was just beginning may have started.
        placing.fence().await;
        return Ended::Gone;
    }
    keeping.abort();
    placing.unregister().await;
    announce_rest(&context, &placing).await;
    Ended::Stopped
}

/// What waits here can begin elsewhere at once. Each run is told to one of the others by name: what all share may still be given to whoever
/// has just left.
async fn announce_rest(context: &Context, placing: &Placing) {
    let (deps, config) = (&context.deps, &context.config);
    let now = deps.clock.now();
    let waiting = deps.runs.claimable(&config.id, config.quota, now, REST);
    match tokio::time::timeout(ANNOUNCE, waiting).await {
        Ok(Ok(runs)) if runs.is_empty() => {}
        Ok(Ok(runs)) => {
            // Who looked a moment ago believes that they belong here, and would send the hint back.
            tokio::time::sleep(ELSEWHERE).await;
            let others = placing.others().await;
            for (place, run) in runs.into_iter().enumerate() {
                let hint = Hint::Claim(run);
                match others.get(place % others.len().max(1)) {
                    Some(other) => deps.queue.announce_to(other, hint).await,
                    None => deps.queue.announce(hint).await,
                }
            }
        }
        Ok(Err(error)) => {
            tracing::debug!(error = %error.source, "other runners' sweeps will find what waits");
        }
        Err(_) => tracing::debug!("other runners' sweeps will find what waits"),
    }
}
