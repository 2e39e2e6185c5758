//! Everything a container may reach, through one Unix socket a workspace.
//!
//! The container has no network and holds no secret. Behind its socket stand four things and nothing else: the model API
//! with the real key, where tokens are metered and budgets kept (`model`); a CONNECT proxy with an allow-list (`egress`);
//! read-only proxies of the package indexes (`registry`); and Berth's own tools (`mcp`). Which workspace a request comes from follows from the
//! socket, which run it belongs to from its token. See `docs/gateway.md`.

mod config;
mod egress;
mod grants;
mod http;
mod mcp;
mod model;
mod network;
mod registry;
mod server;
mod spending;
mod upstream;
mod vouched;

#[cfg(test)]
mod tests;

pub use config::{GatewayConfig, Limits, ToolPorts};
pub use network::{HostNetwork, Network};
pub use server::GatewayServer;
