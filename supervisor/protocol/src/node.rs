//! The container as a whole: health and figures.

use serde::{Deserialize, Serialize};

/// Answer to `GET /v1/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// [`crate::PROTOCOL`] of the supervisor.
    pub protocol: u32,
    /// [`crate::REVISION`] of the supervisor; 0 of those from before there were any.
    #[serde(default)]
    pub revision: u32,
    /// Version of the supervisor's crate.
    pub version: String,
    /// New with each start: processes and byte numbers of another boot are gone.
    pub boot_id: String,
    /// Milliseconds since the epoch, by the container's clock.
    pub started_ms: u64,
    /// Package registries the image was built against.
    #[serde(default)]
    pub registries: Registries,
}

/// `/etc/berth/registries.json`, written by the image's build; empty where it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registries {
    #[serde(default)]
    pub pypi: Option<String>,
    #[serde(default)]
    pub npm: Option<String>,
}

/// Answer to `GET /v1/stats`. A figure the kernel does not give is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Memory in use, without the file cache the kernel would give back first.
    pub memory_bytes: Option<u64>,
    pub memory_limit_bytes: Option<u64>,
    /// Processes ended by the kernel for want of memory, since the container started.
    pub oom_kills: Option<u64>,
    /// Processor time used, in microseconds.
    pub cpu_usec: Option<u64>,
    /// In cores.
    pub cpu_limit: Option<f64>,
    pub pids: Option<u64>,
}
