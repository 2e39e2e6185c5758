//! The workspace's state and what its model is.

use berth_domain::ports::workspaces::{WorkspaceState, WorkspaceStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ports::{ModelStatus, Upstream};

/// What is up with a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WorkspaceState)]
pub(crate) enum WorkspaceWord {
    /// Never made, or removed.
    Absent,
    /// Being made or woken.
    Starting,
    /// Running.
    Ready,
    /// Asleep; files are kept.
    Stopped,
}

impl From<WorkspaceState> for WorkspaceWord {
    fn from(state: WorkspaceState) -> Self {
        match state {
            WorkspaceState::Absent => Self::Absent,
            WorkspaceState::Starting => Self::Starting,
            WorkspaceState::Ready => Self::Ready,
            WorkspaceState::Stopped => Self::Stopped,
        }
    }
}

/// Who answers model calls: the model API, the scripted demo, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Upstream)]
pub(crate) enum UpstreamWord {
    Anthropic,
    Demo,
    None,
}

impl From<Upstream> for UpstreamWord {
    fn from(upstream: Upstream) -> Self {
        match upstream {
            Upstream::Anthropic => Self::Anthropic,
            Upstream::Demo => Self::Demo,
            Upstream::None => Self::None,
        }
    }
}

/// A workspace as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceView {
    /// Its state.
    state: WorkspaceWord,
    /// Memory in use that could not be given back, in bytes; null while it does not run.
    memory_bytes: Option<u64>,
    /// The hard limit, in bytes.
    memory_limit_bytes: Option<u64>,
    /// Share of one core over the last interval; 100 is one core.
    cpu_percent: Option<f64>,
    /// The model in use, where one is fixed.
    model: Option<String>,
    /// Whether somebody answers model calls.
    model_ready: bool,
    /// Whether that is the scripted demo.
    demo: bool,
}

impl WorkspaceView {
    pub(crate) fn new(status: WorkspaceStatus, model: ModelStatus) -> Self {
        Self {
            state: status.state.into(),
            memory_bytes: status.memory_bytes,
            memory_limit_bytes: status.memory_limit_bytes,
            cpu_percent: status.cpu_percent,
            model: model.model,
            model_ready: model.upstream != Upstream::None,
            demo: model.upstream == Upstream::Demo,
        }
    }
}
