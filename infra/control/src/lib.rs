//! The gateway over a Unix socket, where it is a process of its own: it alone holds the key of the model, and the runner, which
//! holds the container engine, has none.
//!
//! [`Control`] is served by the gateway; [`RemoteGateway`] is what the runner uses in its place. Both sides write one JSON object a
//! line (`wire`): orders with a number, answers with the same number, and unasked what granted runs have spent.
//!
//! One connection stands for the runner. The client remembers what it opened and granted, and says all of it again when the gateway
//! was started anew. The server takes everything back that a runner has granted when it is gone for longer than a restart takes.
//! Tokens cross the socket as hashes. Whoever can open the socket can grant, so its folder belongs to one account (`socket`).

mod client;
mod server;
mod socket;
mod wire;

pub use client::RemoteGateway;
pub use server::{Control, LINGER};
pub use socket::{listen, path_in};
