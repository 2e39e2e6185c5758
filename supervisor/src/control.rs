//! What the supervisor and a shim tell each other: one JSON value a line, over a socket pair.

use std::collections::BTreeMap;

use berth_supervisor_protocol::Folder;
use serde::{Deserialize, Serialize};

/// The first and only line to a shim. Not on its command line, which everyone in the container can read, and not in
/// its environment, which could change how the shim itself behaves.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) argv: Vec<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) cwd: String,
    pub(crate) folders: Vec<Folder>,
    /// User and group of the process; the shim's own without.
    pub(crate) user: Option<(u32, u32)>,
}

/// Lines from a shim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    Started {
        pid: i32,
    },
    Failed {
        message: String,
    },
    Exited {
        code: Option<i32>,
        signal: Option<i32>,
        /// Whether anything it started is still there. Otherwise the shim is about to end.
        left: bool,
    },
}
