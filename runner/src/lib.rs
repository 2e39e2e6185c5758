pub mod engine;
pub mod workspace;
