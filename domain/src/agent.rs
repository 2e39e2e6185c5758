//! Agents: instructions that were saved, so that they can run without anybody watching.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::done::Check;
use crate::ids::{AgentId, UserId};
use crate::usage::MicroUsd;

/// Longest name, in characters.
pub const MAX_NAME: usize = 80;
/// Longest prompt, in bytes.
pub const MAX_PROMPT: usize = 64 * 1024;
/// Most checks in a definition of done.
pub const MAX_CHECKS: usize = 20;
/// Most hosts that an agent may be allowed.
pub const MAX_HOSTS: usize = 50;
/// Bounds of a time limit, in seconds.
pub const TIME_LIMIT: std::ops::RangeInclusive<u32> = 10..=6 * 3600;
/// Time limit of a new agent, in seconds.
pub const DEFAULT_TIME_LIMIT: u32 = 30 * 60;

/// Whether an agent's schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// It runs when its schedule says so.
    Active,
    /// It runs only when a person starts it.
    Inactive,
}

impl AgentStatus {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Inactive]
            .into_iter()
            .find(|value| value.as_str() == word)
    }
}

/// What an agent's runs may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum Network {
    /// Package registries only.
    Packages,
    /// Package registries and these hosts: `example.com` or `*.example.com`.
    Hosts {
        /// At most [`MAX_HOSTS`].
        hosts: Vec<String>,
    },
    /// Every public host; each is recorded.
    Open,
}

impl Default for Network {
    /// Listed hosts, and none is listed.
    fn default() -> Self {
        Self::Hosts { hosts: Vec::new() }
    }
}

/// On what the owner wants to be told. Problems that need them (`needs_you`) are always shown in the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches on a settings page, each independent of the others"
)]
pub struct NotifyRules {
    /// A run failed, timed out, was interrupted, or ended unproved.
    pub failure: bool,
    /// A run succeeded.
    pub success: bool,
    /// The schedule paused itself.
    pub paused: bool,
    /// A run stopped at a budget.
    pub budget: bool,
}

impl Default for NotifyRules {
    fn default() -> Self {
        Self {
            failure: true,
            success: false,
            paused: true,
            budget: true,
        }
    }
}

/// Longest name of a secret, in bytes.
const MAX_SECRET_NAME: usize = 64;
/// Environment variables that Berth, the shell or Claude Code give a meaning to: a secret of that name would break a run or
/// get around its limits.
const RESERVED: &[&str] = &[
    "HOME",
    "IFS",
    "LANG",
    "MPLBACKEND",
    "NODE_OPTIONS",
    "OLDPWD",
    "PATH",
    "PWD",
    "SHELL",
    "SHLVL",
    "TERM",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "BASH_ENV",
    "ENV",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];
const RESERVED_BEGINNINGS: &[&str] = &[
    "ANTHROPIC_",
    "BERTH_",
    "CLAUDE_",
    "DISABLE_",
    "LC_",
    "LD_",
    "MCP_",
    "NPM_CONFIG_",
    "PIP_",
    "PYTHON",
    "UV_",
];

/// Whether a secret of an agent may have this name: an environment variable `[A-Z_][A-Z0-9_]{0,63}` that means nothing to Berth.
pub fn is_secret_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes
        .next()
        .is_some_and(|byte| byte == b'_' || byte.is_ascii_uppercase());
    first
        && name.len() <= MAX_SECRET_NAME
        && name != "_"
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !RESERVED.contains(&name)
        && !RESERVED_BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

/// Everything about an agent that its owner writes; each change of it is a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSpec {
    /// Shown everywhere; 1 to [`MAX_NAME`] characters.
    pub name: String,
    /// What to do, in the owner's words; 1 to [`MAX_PROMPT`] bytes.
    pub prompt: String,
    /// Model to ask for; `None` is the installation's.
    #[serde(default)]
    pub model: Option<String>,
    /// After how many seconds a run is stopped.
    #[serde(default = "default_time_limit")]
    pub time_limit_seconds: u32,
    /// What one run may cost, in millionths of a US dollar; `None` is the installation's limit.
    #[serde(default)]
    pub cost_limit_micro_usd: Option<MicroUsd>,
    /// What its runs may reach.
    #[serde(default)]
    pub network: Network,
    /// Its definition of done.
    #[serde(default)]
    pub done: Vec<Check>,
    /// On what the owner is told.
    #[serde(default)]
    pub notify: NotifyRules,
}

const fn default_time_limit() -> u32 {
    DEFAULT_TIME_LIMIT
}

/// What is wrong with one field of what a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// The field, as a JSON pointer without its first slash: `prompt`, `done/0/path`.
    pub field: String,
    /// Stable word, such as `empty`, `too_long`, `out_of_range`, `malformed`.
    pub code: &'static str,
    /// For people, in English.
    pub reason: String,
}

impl FieldError {
    /// An error in `field`.
    pub fn new(field: impl Into<String>, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code,
            reason: reason.into(),
        }
    }
}

impl AgentSpec {
    /// Everything that is wrong with it; empty when it can be saved.
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let name = self.name.trim();
        if name.is_empty() {
            errors.push(FieldError::new("name", "empty", "a name is needed"));
        } else if name.chars().count() > MAX_NAME {
            errors.push(FieldError::new(
                "name",
                "too_long",
                format!("at most {MAX_NAME} characters"),
            ));
        }
        if self.name.chars().any(char::is_control) {
            errors.push(FieldError::new(
                "name",
                "malformed",
                "one line of plain text",
            ));
        }
        if self.prompt.trim().is_empty() {
            errors.push(FieldError::new(
                "prompt",
                "empty",
                "say what the agent does",
            ));
        } else if self.prompt.len() > MAX_PROMPT {
            errors.push(FieldError::new(
                "prompt",
                "too_long",
                format!("at most {MAX_PROMPT} bytes"),
            ));
        }
        if self.prompt.contains('\0') {
            errors.push(FieldError::new("prompt", "malformed", "a NUL character"));
        }
        if !TIME_LIMIT.contains(&self.time_limit_seconds) {
            errors.push(FieldError::new(
                "time_limit_seconds",
                "out_of_range",
                format!("{} to {} seconds", TIME_LIMIT.start(), TIME_LIMIT.end()),
            ));
        }
        if self.cost_limit_micro_usd == Some(MicroUsd::ZERO) {
            errors.push(FieldError::new(
                "cost_limit_micro_usd",
                "out_of_range",
                "more than 0",
            ));
        }
        if let Some(model) = &self.model
            && !is_model_name(model)
        {
            errors.push(FieldError::new(
                "model",
                "malformed",
                "a model's exact name",
            ));
        }
        errors.extend(self.network.errors());
        errors.extend(crate::done::errors(&self.done));
        errors
    }
}

fn is_model_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._:@/".contains(&byte))
}

impl Network {
    fn errors(&self) -> Vec<FieldError> {
        let Self::Hosts { hosts } = self else {
            return Vec::new();
        };
        if hosts.len() > MAX_HOSTS {
            return vec![FieldError::new(
                "network/hosts",
                "too_long",
                format!("at most {MAX_HOSTS} hosts"),
            )];
        }
        hosts
            .iter()
            .enumerate()
            .filter(|(_, host)| host.parse::<crate::egress::HostPattern>().is_err())
            .map(|(at, _)| {
                FieldError::new(
                    format!("network/hosts/{at}"),
                    "malformed",
                    "a host such as example.com or *.example.com",
                )
            })
            .collect()
    }

    /// What the gateway allows; hosts that no longer parse are left out.
    pub fn policy(&self, always: &[crate::egress::HostPattern]) -> crate::egress::EgressPolicy {
        match self {
            Self::Packages => crate::egress::EgressPolicy::PackagesOnly,
            Self::Hosts { hosts } => crate::egress::EgressPolicy::Hosts(
                always
                    .iter()
                    .cloned()
                    .chain(hosts.iter().filter_map(|host| host.parse().ok()))
                    .collect(),
            ),
            Self::Open => crate::egress::EgressPolicy::Open,
        }
    }
}

/// A saved agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Its owner.
    pub user_id: UserId,
    /// Counts its owner's agents from 1 and is never given again: its processes' uid follows from it.
    pub number: u32,
    /// Whether its schedule fires.
    pub status: AgentStatus,
    /// The current version, from 1.
    pub version: u32,
    /// The current version's content.
    pub spec: AgentSpec,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Agent {
    /// Its folder in the workspace (requirement W4), relative to the root.
    pub fn folder(id: AgentId) -> String {
        format!("agent-{id}")
    }

    /// What a run of it is given.
    pub fn snapshot(&self) -> AgentSnapshot {
        AgentSnapshot {
            number: self.number,
            version: Some(self.version),
            spec: self.spec.clone(),
        }
    }
}

/// An agent as a run was given it. Stored with the run, so that what ran can be said for ever, and a retry does the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSnapshot {
    /// See [`Agent::number`].
    pub number: u32,
    /// The version; `None` for a test run of what is not saved.
    pub version: Option<u32>,
    /// What it was told.
    pub spec: AgentSpec,
}

/// How a version came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum VersionNote {
    /// The first.
    Created,
    /// Its owner edited it.
    Edited,
    /// Its owner went back to an earlier one.
    RolledBack {
        /// Whose content this version repeats.
        to: u32,
    },
}

/// One state of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentVersion {
    /// From 1.
    pub version: u32,
    /// Its content.
    pub spec: AgentSpec,
    /// How it came about.
    pub note: VersionNote,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_variables_that_mean_nothing_to_berth() {
        for good in ["API_KEY", "_A", "SLACK_TOKEN2", "X"] {
            assert!(is_secret_name(good), "{good}");
        }
        let long = "A".repeat(65);
        for bad in [
            "",
            "_",
            "a",
            "1A",
            "A-B",
            "PATH",
            "ANTHROPIC_API_KEY",
            "LD_PRELOAD",
            "비밀",
            &long,
        ] {
            assert!(!is_secret_name(bad), "{bad}");
        }
    }
}
