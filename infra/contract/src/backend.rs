//! What an adapter hands to the suite.

use std::sync::Arc;

use berth_domain::ports::agents::Agents;
use berth_domain::ports::artifacts::Artifacts;
use berth_domain::ports::audit::AuditSink;
use berth_domain::ports::conversations::Conversations;
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::events::Events;
use berth_domain::ports::live::LiveText;
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::placements::Placements;
use berth_domain::ports::proposals::Proposals;
use berth_domain::ports::queue::Queue;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::settings::Settings;
use berth_domain::ports::usage::UsageLedger;
use berth_domain::ports::users::Users;

/// The ports of one adapter, all of them on the same store. Whatever has to be cleaned up is cleaned up on drop.
///
/// There is no clock in it: every call that depends on the time is told the time, and the suite tells its own.
pub trait Backend: Send + Sync {
    fn users(&self) -> Arc<dyn Users>;
    fn credentials(&self) -> Arc<dyn Credentials>;
    fn conversations(&self) -> Arc<dyn Conversations>;
    fn runs(&self) -> Arc<dyn Runs>;
    fn events(&self) -> Arc<dyn Events>;
    fn queue(&self) -> Arc<dyn Queue>;
    fn live(&self) -> Arc<dyn LiveText>;
    fn secrets(&self) -> Arc<dyn Secrets>;
    fn settings(&self) -> Arc<dyn Settings>;
    fn usage(&self) -> Arc<dyn UsageLedger>;
    fn audit(&self) -> Arc<dyn AuditSink>;
    fn agents(&self) -> Arc<dyn Agents>;
    fn schedules(&self) -> Arc<dyn Schedules>;
    fn notifications(&self) -> Arc<dyn Notifications>;
    fn proposals(&self) -> Arc<dyn Proposals>;
    fn artifacts(&self) -> Arc<dyn Artifacts>;
    fn placements(&self) -> Arc<dyn Placements>;
}

/// How hints arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Once, in order, as long as they fit.
    Exact,
    /// At least once, in any order.
    AtLeastOnce,
}

/// Where adapters may differ.
#[derive(Debug, Clone, Copy)]
pub struct Differences {
    /// How hints arrive.
    pub delivery: Delivery,
    /// Deltas after which a watcher who does not read certainly has fallen behind; `None` where one never does.
    pub lag_after: Option<u32>,
    /// Whether a slot is decided with its row where it may be; otherwise each is when it is fired.
    pub decides_with_the_row: bool,
}

impl Default for Differences {
    fn default() -> Self {
        Self {
            delivery: Delivery::AtLeastOnce,
            lag_after: None,
            decides_with_the_row: false,
        }
    }
}
