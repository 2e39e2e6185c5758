//! What tests stand on.

mod client;
mod fakes;
mod google;
mod rig;

pub(crate) use client::{Answer, Socket};
pub(crate) use fakes::BrokenStore;
pub(crate) use google::{CLIENT, Google, ISSUER, OWN};
pub(crate) use rig::{Rig, SIGN_IN};
