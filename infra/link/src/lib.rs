//! Workspaces and live text over HTTP, where the API and the runner are two processes on two machines.
//!
//! [`router`] is served by a runner inside the private network; [`RemoteWorkspaces`] and [`RemoteLiveText`] are what the API uses in
//! its place. Which runner to ask is in the store ([`Placements`](berth_domain::ports::placements::Placements)); one that no longer
//! has the workspace says so, and the API asks once more.
//!
//! Every request carries a token of the caller's service account ([`Pass`]), which the runner checks ([`Gate`]): being inside the network is
//! no permission. Nothing here decides who may see what; the API has done that before.

mod client;
mod live;
mod locate;
mod server;
mod wire;

pub use client::RemoteWorkspaces;
pub use live::RemoteLiveText;
pub use locate::{Locator, NoPass, Pass};
pub use server::{Gate, Served, router};
