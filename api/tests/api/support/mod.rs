//! What tests stand on.

mod client;
mod fakes;
mod rig;

pub(crate) use client::{Answer, Socket};
pub(crate) use rig::{Rig, SIGN_IN};
