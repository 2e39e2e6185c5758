//! One trait a file; an adapter of the same name stands in every `infra` folder.

pub mod audit;
pub mod gateway;
pub mod usage;
