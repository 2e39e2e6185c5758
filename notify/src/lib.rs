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
/// How seldom it is asked at least while it does not answer, or does not take what came of it.
const SELDOM: Duration = Duration::from_secs(15);

/// What one look at the store came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// All that was there is done.
    Done,
    /// As many were there as are taken at a time: there may be more.
    More,
    /// The store did not answer, or took nothing of what came of it.
    InVain,
}

impl Looked {
    /// Of as many as were read, `limit` at most, each with whether it is done. One alone that cannot be done slows down no other.
    fn at(each: &[bool], limit: u32) -> Self {
        let done = each.iter().filter(|done| **done).count();
        let full = u32::try_from(each.len()).is_ok_and(|count| count >= limit);
        match done {
            0 if !each.is_empty() => Self::InVain,
            _ if full && done == each.len() => Self::More,
            _ => Self::Done,
        }
    }

    /// How long until the next look, after a pause of `last` before this one.
    fn pause(self, last: Duration) -> Duration {
        match self {
            Self::Done => EVERY,
            Self::More => Duration::ZERO,
            Self::InVain => (last * 2).clamp(EVERY, SELDOM),
        }
    }
}

/// Settles and delivers until `stop`.
pub async fn run(config: Config, deps: Deps, stop: CancellationToken) {
    let senders = Senders::new(&config);
    // What is under way at the stop is seen through: every call is bounded in time.
    let settling = async {
        let mut pause = Duration::ZERO;
        while passed(pause, &stop).await {
            pause = settle(&deps, &config).await.pause(pause);
        }
    };
    let delivering = async {
        let mut pause = Duration::ZERO;
        while passed(pause, &stop).await {
            pause = deliver(&deps, &config, &senders).await.pause(pause);
        }
    };
    tokio::join!(settling, delivering);
}

/// Whether the pause has passed before the stop.
async fn passed(pause: Duration, stop: &CancellationToken) -> bool {
    let pause = tokio::time::sleep(pause);
    stop.run_until_cancelled(pause).await.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_away_is_asked_less_and_less_often() {
        let mut pause = EVERY;
        let pauses = [(); 6].map(|()| {
            pause = Looked::InVain.pause(pause);
            pause.as_secs()
        });
        assert_eq!(pauses, [2, 4, 8, 15, 15, 15]);
        assert_eq!(Looked::Done.pause(pause), EVERY);
    }

    #[test]
    fn a_full_batch_is_followed_by_the_next_at_once_unless_it_failed() {
        assert_eq!(Looked::at(&[true; 64], 64), Looked::More);
        assert_eq!(Looked::at(&[true; 63], 64), Looked::Done);
        assert_eq!(Looked::at(&[], 64), Looked::Done);
        assert_eq!(Looked::at(&[false, true], 2), Looked::Done);
        assert_eq!(Looked::at(&[false, false], 2), Looked::InVain);
        assert_eq!(Looked::More.pause(EVERY), Duration::ZERO);
        assert_eq!(Looked::InVain.pause(Duration::ZERO), EVERY);
    }
}
