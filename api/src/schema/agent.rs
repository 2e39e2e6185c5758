//! What an agent's owner writes.

use berth_domain::agent::{AgentSpec, AgentStatus, DEFAULT_TIME_LIMIT, Network, NotifyRules};
use berth_domain::usage::MicroUsd;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::CheckView;
use super::given::Given;
use super::usage::usd;
use crate::problem::Field;

/// The largest cost limit, in US dollars.
const MAX_COST: f64 = 10_000.0;

/// What an agent does, with what limits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentSpec)]
pub(crate) struct AgentSpecView {
    /// Shown everywhere.
    name: String,
    /// What to do, in the owner's words.
    prompt: String,
    /// Model to ask for; null is the installation's.
    model: Option<String>,
    /// After how many seconds a run is stopped.
    time_limit_seconds: u32,
    /// What one run may cost, in US dollars; null is the installation's limit.
    cost_limit_usd: Option<f64>,
    /// What its runs may reach.
    network: NetworkView,
    /// Its definition of done.
    done: Vec<CheckView>,
    /// On what its owner is told.
    notify: NotifyView,
}

impl From<AgentSpec> for AgentSpecView {
    fn from(spec: AgentSpec) -> Self {
        Self {
            name: spec.name,
            prompt: spec.prompt,
            model: spec.model,
            time_limit_seconds: spec.time_limit_seconds,
            cost_limit_usd: spec.cost_limit_micro_usd.map(usd),
            network: spec.network.into(),
            done: spec.done.into_iter().map(Into::into).collect(),
            notify: spec.notify.into(),
        }
    }
}

/// Fields of an agent that are given; the others stay as they are, or get their defaults in a new agent. A new agent needs `name`
/// and `prompt`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = AgentSpecRequest)]
pub(crate) struct AgentFields {
    /// 1 to 80 characters on one line.
    name: Option<String>,
    /// What to do: 1 byte to 64 KiB of text.
    prompt: Option<String>,
    /// A model's exact name; null is the installation's.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    model: Given<String>,
    /// 10 to 21,600; 1,800 in a new agent.
    time_limit_seconds: Option<u32>,
    /// More than 0, at most 10,000; null is the installation's limit.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    cost_limit_usd: Given<f64>,
    /// What its runs may reach; in a new agent no other hosts than package registries.
    network: Option<NetworkView>,
    /// At most 20 checks.
    done: Option<Vec<CheckView>>,
    /// On what its owner is told.
    notify: Option<NotifyView>,
}

impl AgentFields {
    /// Whether no field is given.
    pub(crate) const fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.prompt.is_none()
            && matches!(self.model, Given::Absent)
            && self.time_limit_seconds.is_none()
            && matches!(self.cost_limit_usd, Given::Absent)
            && self.network.is_none()
            && self.done.is_none()
            && self.notify.is_none()
    }

    /// A new agent; what cannot even be expressed in the domain is added to `errors`.
    pub(crate) fn into_spec(self, errors: &mut Vec<Field>) -> AgentSpec {
        let blank = AgentSpec {
            name: String::new(),
            prompt: String::new(),
            model: None,
            time_limit_seconds: DEFAULT_TIME_LIMIT,
            cost_limit_micro_usd: None,
            network: Network::default(),
            done: Vec::new(),
            notify: NotifyRules::default(),
        };
        self.over(blank, errors)
    }

    /// `base` with the given fields in place of its own.
    pub(crate) fn over(self, mut base: AgentSpec, errors: &mut Vec<Field>) -> AgentSpec {
        if let Some(name) = self.name {
            name.trim().clone_into(&mut base.name);
        }
        if let Some(prompt) = self.prompt {
            base.prompt = prompt;
        }
        match self.model {
            Given::Value(model) => base.model = Some(model),
            Given::Null => base.model = None,
            Given::Absent => {}
        }
        if let Some(seconds) = self.time_limit_seconds {
            base.time_limit_seconds = seconds;
        }
        match self.cost_limit_usd {
            Given::Value(dollars) => match micro_usd(dollars) {
                Some(limit) => base.cost_limit_micro_usd = Some(limit),
                None => errors.push(Field::new("cost_limit_usd", "out_of_range")),
            },
            Given::Null => base.cost_limit_micro_usd = None,
            Given::Absent => {}
        }
        if let Some(network) = self.network {
            base.network = network.into();
        }
        if let Some(done) = self.done {
            base.done = done.into_iter().map(Into::into).collect();
        }
        if let Some(notify) = self.notify {
            base.notify = notify.into();
        }
        base
    }
}

/// Dollars as millionths; `None` for an amount that is no limit.
pub(crate) fn micro_usd(dollars: f64) -> Option<MicroUsd> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and below ten thousand million millionths"
    )]
    let limit = (dollars > 0.0 && dollars <= MAX_COST)
        .then(|| MicroUsd(((dollars * 1e6).round() as u64).max(1)));
    limit
}

/// How much of the network an agent's runs see.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NetworkMode {
    /// Package registries only.
    Packages,
    /// Package registries and the listed hosts.
    Hosts,
    /// Every public host; each is recorded.
    Open,
}

/// What an agent's runs may reach.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Network)]
pub(crate) struct NetworkView {
    /// How much.
    mode: NetworkMode,
    /// For `hosts`: at most 50, such as `example.com` or `*.example.com`. Empty in the other modes.
    #[serde(default)]
    hosts: Vec<String>,
}

impl From<Network> for NetworkView {
    fn from(network: Network) -> Self {
        let (mode, hosts) = match network {
            Network::Packages => (NetworkMode::Packages, Vec::new()),
            Network::Hosts { hosts } => (NetworkMode::Hosts, hosts),
            Network::Open => (NetworkMode::Open, Vec::new()),
        };
        Self { mode, hosts }
    }
}

impl From<NetworkView> for Network {
    fn from(view: NetworkView) -> Self {
        match view.mode {
            NetworkMode::Packages => Self::Packages,
            NetworkMode::Hosts => Self::Hosts { hosts: view.hosts },
            NetworkMode::Open => Self::Open,
        }
    }
}

/// On what an agent's owner is told. What needs them is always told.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = NotifyRules)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches on a page, each independent of the others"
)]
pub(crate) struct NotifyView {
    /// A run failed, timed out, was interrupted, or ended unproved; a slot was missed.
    failure: bool,
    /// A run succeeded.
    success: bool,
    /// The schedule paused itself.
    paused: bool,
    /// A run stopped at a budget.
    budget: bool,
}

impl Default for NotifyView {
    fn default() -> Self {
        NotifyRules::default().into()
    }
}

impl From<NotifyRules> for NotifyView {
    fn from(rules: NotifyRules) -> Self {
        let NotifyRules {
            failure,
            success,
            paused,
            budget,
        } = rules;
        Self {
            failure,
            success,
            paused,
            budget,
        }
    }
}

impl From<NotifyView> for NotifyRules {
    fn from(view: NotifyView) -> Self {
        Self {
            failure: view.failure,
            success: view.success,
            paused: view.paused,
            budget: view.budget,
        }
    }
}

/// Whether an agent's schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AgentStatus)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusWord {
    /// It runs when its schedule says so.
    Active,
    /// It runs only when a person starts it.
    Inactive,
}

impl From<AgentStatus> for StatusWord {
    fn from(status: AgentStatus) -> Self {
        match status {
            AgentStatus::Active => Self::Active,
            AgentStatus::Inactive => Self::Inactive,
        }
    }
}

impl From<StatusWord> for AgentStatus {
    fn from(word: StatusWord) -> Self {
        match word {
            StatusWord::Active => Self::Active,
            StatusWord::Inactive => Self::Inactive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_field_is_not_a_null_one() {
        let mut errors = Vec::new();
        let first: AgentFields =
            serde_json::from_str(r#"{"model":"m","cost_limit_usd":0.5}"#).unwrap();
        let spec = first.into_spec(&mut errors);
        assert_eq!(spec.cost_limit_micro_usd, Some(MicroUsd(500_000)));
        let second: AgentFields = serde_json::from_str(r#"{"cost_limit_usd":null}"#).unwrap();
        let spec = second.over(spec, &mut errors);
        assert_eq!(
            (spec.model.as_deref(), spec.cost_limit_micro_usd),
            (Some("m"), None)
        );
        assert!(errors.is_empty());
    }

    #[test]
    fn amounts_that_are_no_limit_are_refused() {
        for bad in [0.0, -1.0, 1e9, f64::INFINITY] {
            assert_eq!(micro_usd(bad), None, "{bad}");
        }
        assert_eq!(micro_usd(1e-9), Some(MicroUsd(1)));
        assert_eq!(micro_usd(1.5), Some(MicroUsd(1_500_000)));
    }
}
