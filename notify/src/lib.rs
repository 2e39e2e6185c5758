//! Nobody has to look for what their agents did: owners are told.
//!
//! Two loops. [`settle`] takes each ended run of an agent once and stores, in one transaction, what its owner is told, on which
//! ways, and whether its schedule pauses itself. [`deliver`] sends what is due by mail or webhook, tries again with growing
//! pauses, and records every attempt where its owner sees it. A process that dies in between sends at worst twice, under the same
//! delivery id.

mod deliver;
mod email;
mod settle;
mod webhook;
mod words;

use std::sync::Arc;
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::ports::agents::Agents;
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::settings::Settings;
use berth_domain::ports::users::Users;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

pub use deliver::{Senders, deliver};
pub use settle::settle;
pub use webhook::{SIGNATURE, TIMESTAMP, signature};

/// What notifying works with.
#[derive(Debug, Clone)]
pub struct Deps {
    /// Ended runs.
    pub runs: Arc<dyn Runs>,
    /// Their agents.
    pub agents: Arc<dyn Agents>,
    /// Their schedules.
    pub schedules: Arc<dyn Schedules>,
    /// What is told, and its deliveries.
    pub notifications: Arc<dyn Notifications>,
    /// In which language.
    pub users: Arc<dyn Users>,
    /// The mail server.
    pub settings: Arc<dyn Settings>,
    /// Its password, and the keys that webhooks are signed with.
    pub secrets: Arc<dyn Secrets>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Settings of this role.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the dashboard is, without a slash at the end; messages link to it.
    pub dashboard: String,
    /// Whether webhooks may go to addresses that are not public, without TLS: for an installation that serves one machine alone.
    pub local_webhooks: bool,
    /// Failures in a row after which a schedule pauses itself.
    pub failure_threshold: u32,
}

/// How often the store is asked. Both questions are answered from an index that holds only what is to be done.
const EVERY: Duration = Duration::from_secs(1);

/// Settles and delivers until `stop`.
pub async fn run(config: Config, deps: Deps, stop: CancellationToken) {
    let senders = Senders::new(&config);
    // What is under way at the stop is seen through: every call is bounded in time.
    let settling = async {
        let mut every = beat();
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            settle(&deps, &config).await;
        }
    };
    let delivering = async {
        let mut every = beat();
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            deliver(&deps, &config, &senders).await;
        }
    };
    tokio::join!(settling, delivering);
}

fn beat() -> Interval {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
