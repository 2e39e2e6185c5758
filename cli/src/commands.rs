//! One file a command.

pub(crate) mod agents;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod openapi;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod token;
pub(crate) mod up;
pub(crate) mod usage;
