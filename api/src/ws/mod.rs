//! The WebSocket `/workspace/{user_id}`; the protocol is described in `docs/api/websocket.md`.
//!
//! One task a socket, no more: it reads, it waits for what its subscriptions bring, and it writes, one frame after the
//! other. So frames cannot overtake each other, and a client that does not read holds up nobody but itself.

mod blocks;
mod command;
mod follow;
mod frame;
mod socket;
mod upgrade;

pub(crate) use upgrade::open_workspace_socket;
