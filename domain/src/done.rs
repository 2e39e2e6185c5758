//! The definition of done: checks of a run's result that need no model. A run that ends well but fails one of them is
//! `succeeded` with `proved: false`.

use serde::{Deserialize, Serialize};

use crate::agent::{FieldError, MAX_CHECKS};

/// Longest path in a check, in bytes.
const MAX_PATH: usize = 1024;
/// Longest text in a check, in characters.
const MAX_TEXT: usize = 500;
/// Largest file that is read for a check, in bytes; a larger one fails it, with that reason.
pub const MAX_READ: u64 = 64 * 1024 * 1024;

/// One check. Paths are relative to the agent's folder; one that begins with `/workspace/` is relative to the workspace.
/// A `*` in the last part of a path stands for any text; the newest file that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
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
    /// A CSV or XLSX file has at least this many rows below its header; any other file this many lines that are not empty.
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
        /// Which; `None` is the run's result.
        #[serde(default)]
        path: Option<String>,
        /// The text.
        text: String,
    },
}

impl Check {
    /// The word in `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::FileExists { .. } => "file_exists",
            Self::NewerThanStart { .. } => "newer_than_start",
            Self::MinRows { .. } => "min_rows",
            Self::MinSize { .. } => "min_size",
            Self::Contains { .. } => "contains",
        }
    }

    /// The file it looks at.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::FileExists { path }
            | Self::NewerThanStart { path }
            | Self::MinRows { path, .. }
            | Self::MinSize { path, .. } => Some(path),
            Self::Contains { path, .. } => path.as_deref(),
        }
    }
}

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check.
    pub check: Check,
    /// Whether it holds.
    pub met: bool,
    /// Stable word: `met`, `missing`, `old`, `too_few_rows`, `too_small`, `absent_text`, `unreadable`, `too_large`.
    pub reason: String,
    /// The figure that was found (rows, bytes), where there is one.
    pub found: Option<u64>,
}

/// Whether a run is proved: `None` where nothing was to be checked.
pub fn proved(results: &[CheckResult]) -> Option<bool> {
    (!results.is_empty()).then(|| results.iter().all(|result| result.met))
}

/// What is wrong with a definition of done.
pub fn errors(checks: &[Check]) -> Vec<FieldError> {
    if checks.len() > MAX_CHECKS {
        return vec![FieldError::new(
            "done",
            "too_long",
            format!("at most {MAX_CHECKS} checks"),
        )];
    }
    checks
        .iter()
        .enumerate()
        .flat_map(|(at, check)| errors_of(at, check))
        .collect()
}

fn errors_of(at: usize, check: &Check) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(path) = check.path()
        && !is_path(path)
    {
        errors.push(FieldError::new(
            format!("done/{at}/path"),
            "malformed",
            "a file's path inside the workspace, such as report.csv or charts/*.png",
        ));
    }
    let (field, bad) = match check {
        Check::MinRows { rows, .. } => ("rows", *rows == 0),
        Check::MinSize { bytes, .. } => ("bytes", *bytes == 0),
        Check::Contains { text, .. } => (
            "text",
            text.trim().is_empty() || text.chars().count() > MAX_TEXT,
        ),
        Check::FileExists { .. } | Check::NewerThanStart { .. } => ("path", false),
    };
    if bad {
        errors.push(FieldError::new(
            format!("done/{at}/{field}"),
            "out_of_range",
            "at least 1, and a text of at most 500 characters",
        ));
    }
    errors
}

/// Whether it can be a path inside the workspace: no empty part, no `..`, no control character, a `*` only in the last part.
fn is_path(path: &str) -> bool {
    let relative = path.strip_prefix("/workspace/").unwrap_or(path);
    let mut parts = relative.split('/').peekable();
    if relative.is_empty() || path.len() > MAX_PATH || path.chars().any(char::is_control) {
        return false;
    }
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        if part.is_empty() || part == "." || part == ".." || (!last && part.contains('*')) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for good in [
            "a.csv",
            "charts/*.png",
            "/workspace/shared/report.md",
            "보고서.xlsx",
        ] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a//b",
            "*/a",
            "a/../b",
            "a\0",
            "/workspace/",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }

    #[test]
    fn nothing_to_check_proves_nothing() {
        assert_eq!(proved(&[]), None);
        let result = |met| CheckResult {
            check: Check::FileExists {
                path: "a".to_owned(),
            },
            met,
            reason: "met".to_owned(),
            found: None,
        };
        assert_eq!(proved(&[result(true), result(true)]), Some(true));
        assert_eq!(proved(&[result(true), result(false)]), Some(false));
    }

    #[test]
    fn wrong_figures_are_named() {
        let checks = [
            Check::MinRows {
                path: "a.csv".to_owned(),
                rows: 0,
            },
            Check::Contains {
                path: None,
                text: " ".to_owned(),
            },
        ];
        let fields: Vec<_> = errors(&checks)
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(fields, ["done/0/rows", "done/1/text"]);
    }
}
