//! Cases of the port `runs`, by verb.

mod agent;
mod cancel;
mod claim;
mod filter;
mod finish;
mod lease;
mod list;
mod submit;
mod write;

pub(crate) use agent::*;
pub(crate) use cancel::*;
pub(crate) use claim::*;
pub(crate) use filter::*;
pub(crate) use finish::*;
pub(crate) use lease::*;
pub(crate) use list::*;
pub(crate) use submit::*;
pub(crate) use write::*;
