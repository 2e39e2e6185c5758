//! Which of the runners tells owners what became of their runs.
//!
//! Runners are the only role that is always awake and may decrypt: a mail server's password, the keys of webhooks. One of them is
//! enough, and two would send everything twice.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::lease::RunnerId;
use berth_domain::placement::Standing;
use berth_domain::ports::placements::Placements;
use berth_notify::{Config, Deps};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often it is looked who is first; each look reads all runners.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// One runner's part.
#[derive(Debug)]
pub(crate) struct Notifier {
    pub(crate) runner: RunnerId,
    pub(crate) placements: Arc<dyn Placements>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
    pub(crate) deps: Deps,
}

impl Notifier {
    /// Notifies while this runner is the first, by name, of those that serve; until `stop`. While two believe to be that, for a change of
    /// runners is not seen at once, something may be sent twice, under the same delivery's id.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        let mut turn: Option<(CancellationToken, JoinHandle<()>)> = None;
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            match (self.is_first().await, turn.take()) {
                (Some(true), None) => {
                    let over = stop.child_token();
                    let (config, deps) = (self.config.clone(), self.deps.clone());
                    let working = tokio::spawn(berth_notify::run(config, deps, over.clone()));
                    turn = Some((over, working));
                }
                (Some(false), Some((over, working))) => {
                    over.cancel();
                    let _ = working.await;
                }
                (_, same) => turn = same,
            }
        }
        if let Some((_, working)) = turn {
            let _ = working.await;
        }
    }

    /// `None`: the store does not say.
    async fn is_first(&self) -> Option<bool> {
        let runners = self.placements.runners(self.clock.now()).await.ok()?;
        let mut serving = runners
            .iter()
            .filter(|runner| runner.standing == Standing::Serving);
        Some(
            serving
                .next()
                .is_some_and(|first| first.runner == self.runner),
        )
    }
}
