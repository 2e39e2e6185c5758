//! The gateway within the process of the runner that it serves.

use std::sync::Arc;

use berth_domain::clock::Clock;
use berth_domain::ports::agents::Agents;
use berth_domain::ports::audit::AuditSink;
use berth_domain::ports::gateway::{Gateway, ModelSettings};
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::proposals::Proposals;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::usage::UsageLedger;
use berth_domain::ports::users::Users;
use berth_domain::run_token::TokenKey;
use berth_gateway::{GatewayConfig, GatewayServer, HostNetwork, Limits, ToolPorts};
use tokio::sync::watch;

use crate::lifecycle::Process;

/// A gateway over this store. What it has metered is written before the process ends.
pub(crate) fn in_process<S>(
    store: &Arc<S>,
    token_key: TokenKey,
    model: watch::Receiver<ModelSettings>,
    clock: Arc<dyn Clock>,
    process: &Process,
) -> Arc<dyn Gateway>
where
    S: Agents + Runs + Schedules + Proposals + Notifications + Users + Secrets,
    S: UsageLedger + AuditSink + 'static,
{
    let tools = ToolPorts {
        agents: store.clone(),
        runs: store.clone(),
        schedules: store.clone(),
        proposals: store.clone(),
        notifications: store.clone(),
        users: store.clone(),
        secrets: store.clone(),
    };
    let config = GatewayConfig {
        token_key,
        model,
        access_tokens: None,
        network: Arc::new(HostNetwork),
        tools,
        limits: Limits::default(),
    };
    let (stop, tasks) = (process.stop.clone(), process.tasks.clone());
    let gateway = GatewayServer::new(config, store.clone(), store.clone(), clock, stop, tasks);
    Arc::new(gateway)
}
