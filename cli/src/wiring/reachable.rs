//! Where others find this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use anyhow::Context as _;

/// Some address outside of this machine: nothing is sent to it.
const OUTSIDE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// Where others find what listens on `listen`: there, or, where it listens everywhere, at the address that this machine has towards the
/// outside.
pub(crate) fn from_outside(listen: SocketAddr) -> anyhow::Result<SocketAddr> {
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
        assert_eq!(from_outside(listen).unwrap(), listen);
    }
}
