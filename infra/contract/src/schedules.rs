//! Cases of the port `schedules`: schedules themselves, planning their slots, firing these, and looking at the ledger.

mod change;
mod fire;
mod ledger;
mod plan;

pub(crate) use change::*;
pub(crate) use fire::*;
pub(crate) use ledger::*;
pub(crate) use plan::*;
