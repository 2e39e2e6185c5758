//! One file a command.

pub(crate) mod doctor;
pub(crate) mod openapi;
pub(crate) mod token;
pub(crate) mod up;
