//! Name resolution and dialling, behind a trait so that a test can answer with any address without a packet leaving.

use std::io;
use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use berth_domain::egress::{Host, PORT};
use tokio::net::TcpStream;

/// The outside as tunnels see it.
#[async_trait]
pub trait Network: Send + Sync + std::fmt::Debug {
    /// All addresses of `host`.
    async fn resolve(&self, host: &Host) -> io::Result<Vec<IpAddr>>;

    /// Connects to exactly this address.
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream>;
}

/// The machine's own resolver and routes.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostNetwork;

#[async_trait]
impl Network for HostNetwork {
    async fn resolve(&self, host: &Host) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host.as_str(), PORT))
            .await?
            .map(|address| address.ip())
            .collect())
    }

    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
