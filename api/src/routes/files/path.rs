//! Paths inside the workspace, as clients may write them.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::problem::{Code, Problem, Result};

/// Longest path, in bytes; Linux takes no more.
const MAX_BYTES: usize = 4095;
/// Longest name of a file or folder, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// A path below the workspace's root, decoded once, that cannot lead out of it by its text. Links are the workspace's to
/// check, which does so again for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkspacePath(String);

impl WorkspacePath {
    /// Checks a path; a slash at the end is dropped, the empty path is the root.
    pub(super) fn parse(path: &str) -> Result<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let well_formed = path.len() <= MAX_BYTES && !path.contains(['\0', '\\']);
        let parts_allowed = path.is_empty()
            || path
                .split('/')
                .all(|part| !matches!(part, "" | "." | "..") && part.len() <= MAX_NAME_BYTES);
        if well_formed && parts_allowed {
            Ok(Self(path.to_owned()))
        } else {
            Err(Code::FilePath.into())
        }
    }

    /// The same, but not the root.
    pub(super) fn parse_entry(path: &str) -> Result<Self> {
        let path = Self::parse(path)?;
        if path.0.is_empty() {
            return Err(Code::FilePath.into());
        }
        Ok(path)
    }

    /// The path's text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path's text, owned.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// The last part.
    pub(super) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for WorkspacePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        // What is not UTF-8 after decoding is no path of ours.
        let path = path.map_err(|_| Problem::from(Code::FilePath))?;
        Self::parse_entry(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_pass() {
        for good in ["a", "결과/표 1.csv", "a/b/c.txt", "..a", "a..", "dir/"] {
            assert!(WorkspacePath::parse_entry(good).is_ok(), "{good}");
        }
        let long = "a/".repeat(2500);
        let name = "n".repeat(256);
        for bad in [
            "", "/", "/etc", "..", "../a", "a/..", "a/../b", ".", "a//b", "a\0b", "a\\..\\b",
            &long, &name,
        ] {
            assert!(WorkspacePath::parse_entry(bad).is_err(), "{bad}");
        }
        assert!(WorkspacePath::parse("").is_ok());
    }
}
