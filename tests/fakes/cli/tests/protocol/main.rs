//! The stand-in, driven as the runner drives the real CLI.

mod driver;
mod sessions;
mod trouble;
mod turns;
