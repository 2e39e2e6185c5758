//! From the bytes that Claude Code writes to what happened: a pure function of (state, line).
//!
//! Nothing the container says is trusted: lines are bounded, counts are bounded, texts are cut. The state is small and
//! is stored with every batch of events, so that after a crash reading goes on at the stored byte as if nothing had been.

mod lines;
mod reader;

pub use lines::{Lines, MAX_LINE, Next};
pub use reader::{Output, Reader, State, TurnEnd};
