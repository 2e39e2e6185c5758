//! The definition of done, and what became of it.

use berth_domain::done::{Check, CheckResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One check of a definition of done. Paths are relative to the agent's folder; one that begins with `/workspace/` is relative
/// to the workspace. A `*` in the last part of a path stands for any text; the newest file that fits counts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Check)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CheckView {
    /// The file is there.
    FileExists {
        /// Which.
        path: String,
    },
    /// The file was written in this run.
    NewerThanStart {
        /// Which.
        path: String,
    },
    /// A table has at least this many rows below its header.
    MinRows {
        /// Which.
        path: String,
        /// At least 1.
        rows: u64,
    },
    /// The file has at least this many bytes.
    MinSize {
        /// Which.
        path: String,
        /// At least 1.
        bytes: u64,
    },
    /// The file contains this text; without a path, the run's result does. Case counts.
    Contains {
        /// Which; null is the run's result.
        #[serde(default)]
        path: Option<String>,
        /// The text.
        text: String,
    },
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        match check {
            Check::FileExists { path } => Self::FileExists { path },
            Check::NewerThanStart { path } => Self::NewerThanStart { path },
            Check::MinRows { path, rows } => Self::MinRows { path, rows },
            Check::MinSize { path, bytes } => Self::MinSize { path, bytes },
            Check::Contains { path, text } => Self::Contains { path, text },
        }
    }
}

impl From<CheckView> for Check {
    fn from(check: CheckView) -> Self {
        match check {
            CheckView::FileExists { path } => Self::FileExists { path },
            CheckView::NewerThanStart { path } => Self::NewerThanStart { path },
            CheckView::MinRows { path, rows } => Self::MinRows { path, rows },
            CheckView::MinSize { path, bytes } => Self::MinSize { path, bytes },
            CheckView::Contains { path, text } => Self::Contains { path, text },
        }
    }
}

/// What became of one check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckResult)]
pub(crate) struct CheckResultView {
    /// The check.
    check: CheckView,
    /// Whether it holds.
    met: bool,
    /// `met`, `missing`, `old`, `too_few_rows`, `too_small`, `absent_text`, `unreadable` or `too_large`.
    reason: String,
    /// The figure that was found (rows, bytes), where there is one.
    found: Option<u64>,
}

impl From<CheckResult> for CheckResultView {
    fn from(result: CheckResult) -> Self {
        Self {
            check: result.check.into(),
            met: result.met,
            reason: result.reason,
            found: result.found,
        }
    }
}
