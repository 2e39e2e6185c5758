//! The timer of a single machine.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::ids::ScheduleId;
use berth_domain::ports::alarm::Alarm;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Deps, tick};

/// Longest sleep. The clock may be set forward, and a machine may wake from suspension: what became due is found soon after.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// Sleep after a tick that failed.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(5);

/// Wakes the timer when a schedule has changed.
#[derive(Debug, Clone, Default)]
pub struct Bell {
    rung: Arc<Notify>,
}

#[async_trait]
impl Alarm for Bell {
    async fn changed(&self, _schedule: ScheduleId) {
        self.rung.notify_one();
    }
}

/// Ticks whenever something is due, until `stop`.
pub async fn timer(deps: Deps, bell: Bell, stop: CancellationToken) {
    loop {
        let pause = beat(&deps).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = bell.rung.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One tick; answers how long to sleep.
async fn beat(deps: &Deps) -> Duration {
    let now = deps.clock.now();
    let next = match tick(deps, now).await {
        Ok(report) if report.failed > 0 => Err(()),
        Ok(_) => deps.schedules.next_wake(now).await.map_err(|error| {
            tracing::error!(%error, cause = %error.source, "the store does not say what is due next");
        }),
        Err(error) => {
            tracing::error!(%error, cause = %error.source, "the store does not say what is due");
            Err(())
        }
    };
    match next {
        Ok(next) => sleep_until(next, deps.clock.now()),
        Err(()) => AFTER_FAILURE.unsigned_abs(),
    }
}

/// How long to sleep at `now` when something is due at `next`.
fn sleep_until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    next.map_or(LONGEST, |next| next.duration_since(now))
        .clamp(SignedDuration::ZERO, LONGEST)
        .unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sleeps_until_something_is_due_and_never_long() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let after = |seconds| Some(now + SignedDuration::from_secs(seconds));
        assert_eq!(sleep_until(None, now), Duration::from_secs(30));
        assert_eq!(sleep_until(after(7), now), Duration::from_secs(7));
        assert_eq!(sleep_until(after(7_000), now), Duration::from_secs(30));
        assert_eq!(sleep_until(after(-7), now), Duration::ZERO);
    }
}
