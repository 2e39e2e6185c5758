//! A network that breaks.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Stands before a server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    /// Connections of an earlier age are closed.
    age: Arc<watch::Sender<u32>>,
}

impl Proxy {
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let age = Arc::new(watch::channel(0).0);
        let ages = age.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, ages.subscribe()));
            }
        });
        Self { address, age }
    }

    /// Closes every connection; new ones work.
    pub(crate) fn cut(&self) {
        self.age.send_modify(|age| *age += 1);
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, mut age: watch::Receiver<u32>) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    age.mark_unchanged();
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = age.changed() => {}
    }
}
