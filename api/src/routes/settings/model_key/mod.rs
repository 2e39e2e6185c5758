//! The model API's key: stored encrypted, never shown again.

pub(super) mod delete;
pub(super) mod put;
