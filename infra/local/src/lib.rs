//! What a process has of its own, wherever its store is: live text of the runs in it, and a key in a file on its machine.

mod key;
mod live;

pub use key::{KeyError, NONCE, SecretKey};
pub use live::LocalLiveText;
