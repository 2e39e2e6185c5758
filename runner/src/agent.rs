//! What a run of an agent has that a chat has not.

use std::sync::Arc;

use berth_domain::agent::AgentSpec;
use berth_domain::budget::BudgetLimits;
use berth_domain::egress::{EgressPolicy, HostPattern};
use berth_domain::notification::agent_scope;
use berth_domain::ports::StoreResult;
use berth_domain::ports::runs::Claimed;
use berth_domain::ports::secrets::Secrets;
use berth_domain::secret::Secret;

use crate::workspace::AgentSeat;
use berth_domain::mask::Mask;

/// An agent's seat in the workspace, what it was told, and its secrets.
#[derive(Debug)]
pub(crate) struct AgentRun {
    pub(crate) seat: AgentSeat,
    pub(crate) spec: AgentSpec,
    secrets: Vec<(String, Secret)>,
    pub(crate) mask: Arc<Mask>,
}

impl AgentRun {
    /// Of a claimed run; `None` for a chat.
    pub(crate) async fn of(claimed: &Claimed, secrets: &dyn Secrets) -> StoreResult<Option<Self>> {
        let (Some(agent), Some(id)) = (&claimed.agent, claimed.run.agent_id) else {
            return Ok(None);
        };
        let scope = agent_scope(id);
        let mut values = Vec::new();
        for name in secrets.secret_names(&scope).await? {
            // One that is deleted in between is none.
            if let Some(value) = secrets.secret(&scope, &name).await? {
                values.push((name, Secret::new(value)));
            }
        }
        Ok(Some(Self {
            seat: AgentSeat {
                id,
                number: agent.number,
            },
            spec: agent.spec.clone(),
            mask: Arc::new(Mask::new(values.iter().map(|(_, value)| value.expose()))),
            secrets: values,
        }))
    }

    /// Names and values, for its process's environment.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        let secrets = self.secrets.iter();
        secrets.map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// What it may spend: its own limit, and never more than the installation allows any run.
    pub(crate) fn limits(&self, installation: BudgetLimits) -> BudgetLimits {
        let own = self.spec.cost_limit_micro_usd;
        let run = match (own, installation.run) {
            (Some(own), Some(any)) => Some(own.min(any)),
            (own, any) => own.or(any),
        };
        BudgetLimits {
            run,
            ..installation
        }
    }

    /// What it may reach, beside the hosts that every run may.
    pub(crate) fn egress(&self, installation: &EgressPolicy) -> EgressPolicy {
        let always: &[HostPattern] = match installation {
            EgressPolicy::Hosts(hosts) => hosts,
            EgressPolicy::PackagesOnly | EgressPolicy::Open => &[],
        };
        self.spec.network.policy(always)
    }
}
