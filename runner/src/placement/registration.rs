//! Keeps this start of the runner registered, and says when it must stop everything.
//!
//! One that could not renew in time, or has slept past its registration, may have been declared gone, and others may work in its
//! workspaces: it is in doubt, and asks on. The model checker (`domain/tests/placement_model.rs`) has it so.

use std::sync::PoisonError;
use std::time::Duration;

use berth_domain::lease::RENEW_EVERY;
use berth_domain::placement::Registration;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Placing;
use crate::keeper::PATIENCE;

/// Wait before a renewal that failed is tried again, and least time between two that something asks for.
const RETRY: Duration = Duration::from_millis(500);
/// How often the time is looked at: timers stand still while a machine is suspended, and its clock does not.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Placing {
    /// Registers; tries until the store answers or `stop` is triggered. `false`: this start is over before it has begun.
    pub(crate) async fn register(&self, stop: &CancellationToken) -> bool {
        let shared = &self.0;
        let mut was_away = false;
        loop {
            let now = shared.deps.clock.now();
            let (placements, address) = (&shared.deps.placements, &shared.config.address);
            match placements.register(&shared.id, address, now).await {
                Ok(Some(registration)) => {
                    self.believe(&registration);
                    if was_away {
                        self.be_patient(&registration);
                    }
                    return true;
                }
                Ok(None) => {
                    tracing::error!(runner = %shared.id, "a later start of this runner is registered, this one ends");
                    shared.gone.cancel();
                    return false;
                }
                Err(error) => {
                    tracing::warn!(error = %error.source, "not registered, trying again");
                    was_away = true;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                () = stop.cancelled() => return false,
            }
        }
    }

    /// Renews the registration until it is over. From `stop` on others are told that this runner takes nothing new.
    pub(crate) async fn keep_registered(&self, stop: &CancellationToken) {
        let shared = &self.0;
        let mut wait = RENEW_EVERY.unsigned_abs();
        let mut in_doubt_since = None;
        loop {
            // Not past the instant at which it is in doubt: that is to be noticed.
            let left = self.left().unwrap_or(RETRY);
            tokio::select! {
                biased;
                () = stop.cancelled(), if !shared.draining.is_cancelled() => shared.draining.cancel(),
                () = self.pause(wait.min(left)) => {}
                () = shared.look.notified() => tokio::time::sleep(RETRY.min(left)).await,
            }
            if self.left().is_none() && in_doubt_since.is_none() {
                in_doubt_since = Some(Instant::now());
                metrics::counter!("runner_doubts_total").increment(1);
                tracing::warn!(runner = %shared.id, "registration not renewed in time: work goes on and nothing is stored until it is");
            }
            let patience = self.left().unwrap_or(PATIENCE).max(RETRY);
            let (draining, now) = (shared.draining.is_cancelled(), shared.deps.clock.now());
            let placements = &shared.deps.placements;
            let renewal = placements.renew_registration(&shared.id, draining, now);
            match tokio::time::timeout(patience, renewal).await {
                Ok(Ok(Some(registration))) => {
                    self.believe(&registration);
                    wait = RENEW_EVERY.unsigned_abs();
                    if in_doubt_since.take().is_some() {
                        self.be_patient(&registration);
                        tracing::info!(runner = %shared.id, "registration renewed, everything goes on");
                    }
                    continue;
                }
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    tracing::warn!(error = %error.source, "registration not renewed, trying again");
                }
                Err(_) => {}
            }
            wait = RETRY;
            let longest = shared.config.doubt;
            if in_doubt_since.is_some_and(|since: Instant| since.elapsed() > longest) {
                break;
            }
        }
        metrics::counter!("runner_gone_total").increment(1);
        tracing::error!(runner = %shared.id, "this runner was declared gone, or has asked in vain for too long: everything stops");
        shared.gone.cancel();
    }

    /// Waits until `wait` has passed by the clock.
    async fn pause(&self, wait: Duration) {
        let clock = &self.0.deps.clock;
        let Ok(due) = clock.now().checked_add(wait) else {
            return;
        };
        while let Ok(left) = Duration::try_from(due.duration_since(clock.now()))
            && left > Duration::ZERO
        {
            tokio::time::sleep(left.min(LOOK_EVERY)).await;
        }
    }

    /// Waits until what the store has said about workspaces holds for certain; `false`: it never will again.
    pub(super) async fn certain(&self) -> bool {
        loop {
            if self.is_valid() {
                return true;
            }
            let over = self.0.gone.run_until_cancelled(sleep(RETRY));
            if over.await.is_none() {
                return false;
            }
        }
    }

    /// Whether what the store has said about workspaces still holds. In doubt it does not.
    pub(crate) fn is_valid(&self) -> bool {
        !self.0.gone.is_cancelled() && self.left().is_some()
    }

    /// Nothing is taken from others for as long as this renewal holds. When the store comes back after a while all registrations
    /// have expired, and whoever is first would otherwise find everybody else gone.
    fn be_patient(&self, registration: &Registration) {
        *self.patient_until() = registration.expires_at;
    }

    pub(super) fn patient_until(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        let until = self.0.patient_until.lock();
        until.unwrap_or_else(PoisonError::into_inner)
    }

    fn believe(&self, registration: &Registration) {
        *self.until() = registration.stop_at();
        self.0.deps.workspaces.vouch(registration.stop_at());
    }

    /// Time for which this runner is certainly registered; `None`: it is in doubt.
    fn left(&self) -> Option<Duration> {
        let until = *self.until();
        let left = Duration::try_from(until.duration_since(self.0.deps.clock.now()));
        left.ok().filter(|left| !left.is_zero())
    }

    fn until(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        self.0.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
