//! A load balancer: each connection goes to the next server that is ready, whatever is spoken on it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::process::{Listen, Service};

/// Connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// One that listens as long as this lives.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Balancer {
    /// Before these servers, which are ready when they answer `ready` with `200` or `204`. They are asked for each connection, so that a socket that
    /// is opened again finds another server, and one that has just gone is not tried.
    pub async fn start(
        listen: SocketAddr,
        servers: Vec<SocketAddr>,
        ready: &'static str,
    ) -> io::Result<Self> {
        let named = servers.iter().map(ToString::to_string).collect();
        Self::before(listen, named, ready).await
    }

    /// The same with servers by their names, `HOST:PORT`, which are looked up for each connection.
    pub async fn before(
        listen: SocketAddr,
        servers: Vec<String>,
        ready: &'static str,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(serve(listener, Arc::new(servers), ready));
        Ok(Self { address, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, servers: Arc<Vec<String>>, ready: &'static str) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let turn = AtomicUsize::new(0);
    // Neither fails: the semaphore is never closed, and a connection that could not be accepted is not the last.
    while let Ok(place) = places.clone().acquire_owned().await {
        let Ok((client, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let first = turn.fetch_add(1, Ordering::Relaxed);
        let servers = servers.clone();
        tokio::spawn(async move {
            pass(client, first, &servers, ready).await;
            drop(place);
        });
    }
}

/// Connects the client with the first server from `first` on that is ready; with none, closes the connection.
async fn pass(mut client: TcpStream, first: usize, servers: &[String], ready: &'static str) {
    let service = Service {
        name: "server",
        listen: Listen::Anywhere,
        health: ready,
    };
    for server in servers
        .iter()
        .cycle()
        .skip(first % servers.len().max(1))
        .take(servers.len())
    {
        if service.answers(server).await
            && let Ok(mut server) = TcpStream::connect(server).await
        {
            // Either side may close when it likes; that is no fault of anybody's.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
