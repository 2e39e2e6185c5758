//! Where the stand-ins of a local cloud listen, and what they are called by those who ask them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::storage::Storage;

/// One place a stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Firestore,
    PubSub,
    Storage,
    Vault,
    Metadata,
    Scheduler,
    Model,
    SignIn,
}

/// On which addresses, under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Places {
    /// On this machine alone, at ports that are free: told when they are known.
    Loopback,
    /// In a container's network: on every address, at ports that are always the same, since whoever asks is told of them before anything has
    /// started. The name is the container's.
    Named(String),
}

impl Service {
    /// Of a container. `docker/compose.yaml` has the same.
    const fn port(self) -> u16 {
        match self {
            // Google's client leaves the port out of the header `Host`, from which the server takes the address of an upload.
            Self::Storage => 80,
            Self::SignIn => 8081,
            Self::Firestore => 8101,
            Self::PubSub => 8102,
            Self::Vault => 8103,
            Self::Metadata => 8104,
            Self::Scheduler => 8105,
            Self::Model => 8106,
        }
    }
}

impl Places {
    /// Where it listens; port 0 is a free one.
    pub fn listen(&self, service: Service) -> SocketAddr {
        match (self, service) {
            (Self::Named(_), _) => (IpAddr::V4(Ipv4Addr::UNSPECIFIED), service.port()).into(),
            (Self::Loopback, Service::Storage) => Storage::OWN,
            (Self::Loopback, _) => (IpAddr::V4(Ipv4Addr::LOCALHOST), 0).into(),
        }
    }

    /// `HOST:PORT` for those who ask it, of what listens on `address`.
    pub fn host(&self, service: Service, address: SocketAddr) -> String {
        let name = match self {
            Self::Named(name) => name.clone(),
            Self::Loopback => address.ip().to_string(),
        };
        match service {
            Service::Storage => name,
            _ => format!("{name}:{}", address.port()),
        }
    }

    /// `HOST:PORT` for browsers, which see nothing of a container's network but the ports that are published on their machine.
    pub fn browser(&self, address: SocketAddr) -> String {
        match self {
            Self::Named(_) => format!("127.0.0.1:{}", address.port()),
            Self::Loopback => address.to_string(),
        }
    }
}
