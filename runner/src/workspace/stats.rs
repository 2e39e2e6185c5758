//! A workspace's figures.

use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use berth_supervisor_protocol::node;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::Workspaces;
use super::slot::{Live, Slot};

/// Figures younger than this are given again: every open dashboard asks.
const FRESH: SignedDuration = SignedDuration::from_secs(1);
/// A supervisor under memory pressure may be slow; no figures are better than a status that waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What a workspace uses. A figure the kernel does not give is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// Memory that could not be given back, in bytes.
    pub memory_bytes: Option<u64>,
    /// The hard limit, in bytes.
    pub memory_limit_bytes: Option<u64>,
    /// Processes the kernel has ended for want of memory since the workspace started.
    pub oom_kills: Option<u64>,
    /// Share of one core between the last two samples, 100 = one core; absent at the first.
    pub cpu_percent: Option<f64>,
    /// Processes and threads.
    pub pids: Option<u64>,
}

/// Figures and what the next ones need to know of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    at: Timestamp,
    cpu_usec: Option<u64>,
    stats: Stats,
}

impl Sample {
    pub(super) fn oom_kills(&self) -> Option<u64> {
        self.stats.oom_kills
    }

    fn new(at: Timestamp, figures: node::Stats, before: Option<Self>) -> Self {
        Self {
            at,
            cpu_usec: figures.cpu_usec,
            stats: Stats {
                memory_bytes: figures.memory_bytes,
                memory_limit_bytes: figures.memory_limit_bytes,
                oom_kills: figures.oom_kills,
                cpu_percent: before.and_then(|before| before.percent_until(at, figures.cpu_usec?)),
                pids: figures.pids,
            },
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of one interval are far below 2^52"
    )]
    fn percent_until(self, at: Timestamp, cpu_usec: u64) -> Option<f64> {
        let used = cpu_usec.checked_sub(self.cpu_usec?)?;
        let passed = at.duration_since(self.at).as_micros();
        (passed > 0).then(|| used as f64 * 100.0 / passed as f64)
    }
}

/// What the supervisor counts now, kept as the workspace's last sample; `None` when it does not say in time.
pub(super) async fn take(slot: &Slot, live: &Live, clock: &dyn Clock) -> Option<Stats> {
    let before = slot.sample();
    match timeout(ANSWER_WITHIN, live.client.stats()).await {
        Ok(Ok(figures)) => {
            let sample = Sample::new(clock.now(), figures, before);
            slot.keep_sample(sample);
            Some(sample.stats)
        }
        Ok(Err(error)) => {
            if error.is_unreachable() {
                slot.lost(&live.boot_id);
            }
            None
        }
        Err(_) => None,
    }
}

impl Workspaces {
    /// Figures of the user's workspace, at most a second old; `None` while it is not up or does not answer. Wakes
    /// nothing and does not count as use.
    pub async fn stats(&self, user: UserId) -> Option<Stats> {
        let slot = self.shared.known(user)?;
        let live = slot.live()?;
        let now = self.shared.clock.now();
        if let Some(sample) = slot.sample()
            && now.duration_since(sample.at) < FRESH
        {
            return Some(sample.stats);
        }
        take(&slot, &live, &*self.shared.clock).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_processor_time_in_two_seconds_is_half_a_core() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let used = |cpu_usec| node::Stats {
            cpu_usec: Some(cpu_usec),
            ..node::Stats::default()
        };
        let first = Sample::new(at(10), used(5_000_000), None);
        assert_eq!(first.stats.cpu_percent, None);
        let second = Sample::new(at(12), used(6_000_000), Some(first));
        assert_eq!(second.stats.cpu_percent, Some(50.0));
        let restarted = Sample::new(at(13), used(10), Some(second));
        assert_eq!(restarted.stats.cpu_percent, None);
    }
}
