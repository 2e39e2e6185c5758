//! How much one user may have at the same time (requirement W8).

use serde::{Deserialize, Serialize};

/// Limits of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Runs that are queued or running at the same time.
    pub concurrent_runs: u32,
}

/// Agents of one user, unless configured otherwise.
pub const DEFAULT_AGENTS: u32 = 10;

impl Default for Quota {
    fn default() -> Self {
        Self { concurrent_runs: 3 }
    }
}

impl Quota {
    /// Whether one more run fits beside `active` ones.
    pub fn admits(&self, active: u32) -> bool {
        active < self.concurrent_runs
    }
}
