//! Claude Code, headless: how it is started, what it is told, what it says. Facts about it are measured ones (version
//! 2.1.329); a contract test holds the fields that are relied on here.

pub mod command;
pub mod input;
pub mod output;
