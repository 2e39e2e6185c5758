//! The nouns and decisions of Berth, and the ports through which they reach the world.
//!
//! Nothing here speaks HTTP, names a vendor, does I/O or reads a clock: time and randomness arrive as parameters, so
//! that every decision can be tested, modelled and replayed. Adapters live in `infra`, roles in `api`, `runner` and
//! `gateway`; all of them depend on this crate and never on one another.

pub mod account;
pub mod agent;
pub mod budget;
pub mod clock;
pub mod conversation;
pub mod dispatch;
pub mod done;
pub mod egress;
pub mod event;
pub mod ids;
pub mod lease;
pub mod mask;
pub mod notification;
pub mod page;
pub mod placement;
pub mod ports;
pub mod proposal;
pub mod quota;
pub mod run;
pub mod run_token;
pub mod schedule;
pub mod scheduling;
pub mod secret;
pub mod usage;
pub mod user;
