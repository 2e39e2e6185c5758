//! Fires what is due.
//!
//! A [`tick`] does it in two steps. It plans: every schedule whose next time has come gets a row in the slot ledger for each
//! time that passed, decided by its catch-up rule. Then it fires: every waiting row becomes a run, or ends with the reason why
//! not. A tick that dies anywhere is made good by the next one, and two at the same time do what one does, because the ledger
//! takes each slot once and a slot's run has the slot's id.
//!
//! On one machine [`timer`] ticks when the next slot is due. Elsewhere something calls in over [HTTP](router): every minute for the same
//! tick, and at a schedule's own times for that schedule, so that it need not wait for the minute. [`reconcile`] keeps those jobs in step.

mod cron;
mod fire;
mod http;
mod plan;
mod reconcile;
mod tick;
mod timer;

use std::sync::Arc;

use berth_domain::clock::Clock;
use berth_domain::ports::agents::Agents;
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::queue::Queue;
use berth_domain::ports::schedules::Schedules;

pub use cron::crontab;
pub use http::{Caller, Jobs, router};
pub use reconcile::{Decision, Reconciled, decide, reconcile};
pub use tick::{Planned, Report, fire_schedule, fire_waiting, plan_due, tick};
pub use timer::{Bell, timer};

/// What firing works with.
#[derive(Debug, Clone)]
pub struct Deps {
    /// Schedules and the ledger.
    pub schedules: Arc<dyn Schedules>,
    /// For the names and rules in what owners are told.
    pub agents: Arc<dyn Agents>,
    /// Where owners are told of missed slots.
    pub notifications: Arc<dyn Notifications>,
    /// Where new runs are announced.
    pub queue: Arc<dyn Queue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Store calls of a tick that are under way at the same time: enough that a store which commits in groups has a group.
const AT_ONCE: usize = 128;
