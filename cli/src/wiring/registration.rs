//! A runner among the others: how the api and they know of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use anyhow::Context as _;
use berth_domain::clock::Clock;
use berth_domain::lease::{RENEW_EVERY, RunnerId};
use berth_domain::placement::Registration;
use berth_domain::ports::placements::Placements;
use tokio_util::sync::CancellationToken;

/// Some address outside of this machine: nothing is sent to it.
const OUTSIDE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// A runner that is registered.
#[derive(Debug)]
pub(crate) struct Registered {
    runner: RunnerId,
    placements: Arc<dyn Placements>,
    clock: Arc<dyn Clock>,
    last: Registration,
}

impl Registered {
    /// Registers this start of the runner, reachable at `address`.
    pub(crate) async fn new(
        runner: RunnerId,
        address: &str,
        placements: Arc<dyn Placements>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let registered = placements.register(&runner, address, clock.now()).await;
        let last = registered
            .context("the runner cannot be registered")?
            .with_context(|| format!("a later start of the runner {} is there", runner.name))?;
        Ok(Self {
            runner,
            placements,
            clock,
            last,
        })
    }

    /// Renews the registration until `stop`, and then ends it. Returns before that when it is lost: others may take what is here.
    pub(crate) async fn keep(mut self, stop: CancellationToken, left: CancellationToken) {
        let mut every = tokio::time::interval(RENEW_EVERY.unsigned_abs());
        while left.run_until_cancelled(every.tick()).await.is_some() {
            let now = self.clock.now();
            let renewed =
                self.placements
                    .renew_registration(&self.runner, stop.is_cancelled(), now);
            match renewed.await {
                Ok(Some(registration)) => self.last = registration,
                Ok(None) => {
                    tracing::error!("this runner was declared gone");
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, cause = %error.source, "the registration could not be renewed");
                }
            }
            if self.clock.now() >= self.last.stop_at() {
                tracing::error!("the registration could not be renewed in time");
                return;
            }
        }
        if let Err(error) = self.placements.unregister(&self.runner).await {
            tracing::warn!(%error, cause = %error.source, "others learn later that this runner has gone");
        }
    }
}

/// Where others find what listens on `listen`: there, or, where it listens everywhere, at the address that this machine has towards the
/// outside.
pub(crate) fn reachable(listen: SocketAddr) -> anyhow::Result<SocketAddr> {
    if !listen.ip().is_unspecified() {
        return Ok(listen);
    }
    // Connecting a datagram socket chooses the way out, and sends nothing.
    let socket = UdpSocket::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0))
        .and_then(|socket| socket.connect(OUTSIDE).map(|()| socket))
        .and_then(|socket| socket.local_addr());
    let own = socket.context("this machine has no address: name one with --address")?;
    Ok(SocketAddr::new(own.ip(), listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_one_is_told_as_it_is() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8090));
        assert_eq!(reachable(listen).unwrap(), listen);
    }
}
