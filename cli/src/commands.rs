//! One file a command.

pub(crate) mod agents;
#[cfg(feature = "gcp")]
pub(crate) mod api;
pub(crate) mod completions;
#[cfg(feature = "embedded")]
pub(crate) mod doctor;
#[cfg(feature = "gcp")]
pub(crate) mod gateway;
#[cfg(feature = "gcp")]
pub(crate) mod hook;
pub(crate) mod openapi;
pub(crate) mod run;
#[cfg(feature = "gcp")]
pub(crate) mod runner;
pub(crate) mod runs;
pub(crate) mod schedule;
#[cfg(feature = "embedded")]
pub(crate) mod token;
#[cfg(feature = "embedded")]
pub(crate) mod up;
pub(crate) mod usage;
