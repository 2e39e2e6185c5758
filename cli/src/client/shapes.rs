//! What the API answers, as far as tables and sentences show it. States, reasons and other words stay text: a newer server may have
//! more of them, and then the word itself is shown.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use uuid::Uuid;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Items<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) prompt: String,
    pub(crate) model: Option<String>,
    pub(crate) time_limit_seconds: u64,
    pub(crate) cost_limit_usd: Option<f64>,
    pub(crate) network: Network,
    pub(crate) done: Vec<Check>,
    pub(crate) status: String,
    pub(crate) version: u64,
    pub(crate) updated_at: Timestamp,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) next_run_at: Option<Timestamp>,
    pub(crate) last_run: Option<Run>,
    pub(crate) usage: AgentUsage,
    pub(crate) folder: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Network {
    pub(crate) mode: String,
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
}

/// A check of a definition of done; which fields it has depends on its kind.
#[derive(Debug, Deserialize)]
pub(crate) struct Check {
    pub(crate) kind: String,
    pub(crate) path: Option<String>,
    pub(crate) rows: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) text: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CheckResult {
    pub(crate) check: Check,
    pub(crate) met: bool,
    pub(crate) reason: String,
    pub(crate) found: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AgentUsage {
    pub(crate) month: Usage,
    pub(crate) total: Usage,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Usage {
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cache_read_tokens: u64,
    pub(crate) cache_write_tokens: u64,
    pub(crate) cost_usd: f64,
    pub(crate) calls: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) frequency: String,
    pub(crate) time: Option<String>,
    #[serde(default)]
    pub(crate) weekdays: Vec<String>,
    pub(crate) day_of_month: Option<u32>,
    pub(crate) cron: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) paused_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    #[serde(default)]
    pub(crate) agent_name: Option<String>,
    pub(crate) agent_version: Option<u64>,
    pub(crate) scheduled_at: Option<Timestamp>,
    pub(crate) trigger: String,
    pub(crate) retry_of: Option<Uuid>,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) proved: Option<bool>,
    #[serde(default)]
    pub(crate) checks: Option<Vec<CheckResult>>,
    pub(crate) queued_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) result: Option<String>,
    pub(crate) usage: Usage,
}

impl Run {
    /// Whether nothing can follow.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.state.as_str(), "queued" | "running")
    }
}

/// An agent's run that was accepted.
#[derive(Debug, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) run_id: Uuid,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Preview {
    pub(crate) fires: Vec<Fire>,
    pub(crate) expected_cost: Option<ExpectedCost>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Fire {
    pub(crate) at: Timestamp,
    pub(crate) local: DateTime,
    pub(crate) note: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExpectedCost {
    pub(crate) fires_per_month: u32,
    pub(crate) p50_usd: f64,
    pub(crate) p95_usd: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UsageSummary {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) items: Vec<UsageRow>,
    pub(crate) total: Usage,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UsageRow {
    pub(crate) day: Option<Date>,
    pub(crate) agent_id: Option<Uuid>,
    #[serde(default)]
    pub(crate) agent_name: Option<String>,
    pub(crate) model: Option<String>,
    #[serde(flatten)]
    pub(crate) usage: Usage,
}

/// A page of a run's log; each event stays as it came, for programs.
#[derive(Debug, Deserialize)]
pub(crate) struct EventPage {
    pub(crate) items: Vec<Box<serde_json::value::RawValue>>,
    pub(crate) next: Option<u64>,
}

/// An event in its place.
#[derive(Debug, Deserialize)]
pub(crate) struct EventRecord {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) event: Event,
}

/// What happened. Kinds that are not shown, and those of a newer server, are `Other`.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Event {
    Queued,
    Started,
    Status {
        label: String,
    },
    Text {
        text: String,
    },
    ToolUse {
        name: String,
        input: serde_json::Value,
    },
    ToolResult {
        is_error: bool,
        content: String,
    },
    File {
        path: String,
        size: u64,
    },
    Retrying {
        attempt: u32,
        max_attempts: u32,
        delay_ms: u64,
    },
    Checked {
        checks: Vec<CheckResult>,
    },
    Proposal {
        proposal_id: Uuid,
    },
    Finished {
        state: String,
        reason: Option<String>,
        result: Option<String>,
        duration_ms: u64,
    },
    #[serde(other)]
    Other,
}
