//! Claims under way, side by side: each waits for the store, and together they share its commits.

use std::collections::HashSet;
use std::sync::Arc;

use berth_domain::ids::RunId;
use berth_domain::ports::queue::Hint;
use berth_domain::ports::runs::{Claim, Claimed, MayClaim};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::{Mutex, OwnedSemaphorePermit};

use crate::context::Context;
use crate::placement::{Lives, Placing};

/// What came of trying a run.
struct Tried {
    run: RunId,
    claimed: Option<Claimed>,
    permit: OwnedSemaphorePermit,
}

/// The claims of one runner. They go on while [`next`](Self::next) is waited for.
pub(super) struct Claims {
    context: Arc<Context>,
    /// Whose runs may be claimed.
    may: MayClaim,
    under_way: FuturesUnordered<BoxFuture<'static, Tried>>,
    /// What they are about.
    runs: HashSet<RunId>,
    /// Workspaces are placed one after the other.
    placing: Arc<Mutex<()>>,
}

impl Claims {
    pub(super) fn new(context: Arc<Context>) -> Self {
        let placing = context.placing.as_ref();
        Self {
            may: placing.map_or_else(|| Arc::new(|_| true) as MayClaim, Placing::may_claim),
            context,
            under_way: FuturesUnordered::new(),
            runs: HashSet::new(),
            placing: Arc::default(),
        }
    }

    /// Tries to claim a run for a place, unless that is being tried already.
    pub(super) fn begin(&mut self, run: RunId, permit: OwnedSemaphorePermit) {
        if !self.runs.insert(run) {
            return;
        }
        let (context, may, placing) =
            (self.context.clone(), self.may.clone(), self.placing.clone());
        self.under_way.push(Box::pin(async move {
            Tried {
                run,
                claimed: claim(&context, &may, &placing, run).await,
                permit,
            }
        }));
    }

    /// The next run that is ours, with its place; `None` when nothing is being tried.
    pub(super) async fn next(&mut self) -> Option<(Claimed, OwnedSemaphorePermit)> {
        while let Some(tried) = self.under_way.next().await {
            self.runs.remove(&tried.run);
            if let Some(claimed) = tried.claimed {
                return Some((claimed, tried.permit));
            }
        }
        None
    }
}

/// Claims a run whose user's workspace lives here, or nowhere so far. One that lives elsewhere is announced to its runner.
#[tracing::instrument(name = "runner.claim", level = "debug", skip_all, fields(run.id = %run))]
async fn claim(
    context: &Context,
    may: &MayClaim,
    one_at_a_time: &Mutex<()>,
    run: RunId,
) -> Option<Claimed> {
    let (deps, config) = (&context.deps, &context.config);
    let claim = async || {
        let now = deps.clock.now();
        let claim = deps
            .runs
            .claim_if(run, &config.id, config.quota, now, may.clone());
        claim.await
    };
    let mut answer = claim().await;
    if let Ok(Claim::NotHere(user)) = answer
        && let Some(placing) = &context.placing
    {
        let placed = {
            let _alone = one_at_a_time.lock().await;
            placing.place(user).await
        };
        match placed {
            Ok(Lives::Here) => answer = claim().await,
            Ok(Lives::On(runner)) => {
                deps.queue.announce_to(&runner, Hint::Claim(run)).await;
            }
            Ok(Lives::Nowhere) => {}
            Err(error) => answer = Err(error),
        }
    }
    match answer {
        Ok(Claim::Yours(claimed)) => Some(*claimed),
        Ok(Claim::NotNow | Claim::NotHere(_)) => None,
        Err(error) => {
            tracing::warn!(run.id = %run, error = %error.source, "claim failed, the sweep will try again");
            None
        }
    }
}
