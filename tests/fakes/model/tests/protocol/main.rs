//! The demo model seen from the CLI's side: framing, scripts, faults, gates.

mod api;
mod client;
mod faults;
mod scripts;
