//! A cable between a client and a server that can be pulled.

use std::io;
use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes connections on as long as this lives, while it is plugged in.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    end: watch::Sender<End>,
    serving: JoinHandle<()>,
}

/// What there is at its far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Server,
    Nothing,
    /// Something that takes connections and never answers.
    Void,
}

impl Cable {
    /// One that leads to `server`, plugged in.
    pub async fn to(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let end = watch::Sender::new(End::Server);
        let serving = tokio::spawn(serve(listener, server, end.clone()));
        Ok(Self {
            address,
            end,
            serving,
        })
    }

    /// `HOST:PORT` of its near end.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Ends all connections, and every new one as it comes.
    pub fn pull(&self) {
        self.end.send_replace(End::Nothing);
    }

    /// Lets nothing through and ends nothing: whoever asks hears neither yes nor no.
    pub fn swallow(&self) {
        self.end.send_replace(End::Void);
    }

    /// Lets connections through again; those that were swallowed end.
    pub fn plug_in(&self) {
        self.end.send_replace(End::Server);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, server: SocketAddr, end: watch::Sender<End>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        tokio::spawn(pass_on(client, server, end.subscribe()));
    }
}

async fn pass_on(mut client: TcpStream, server: SocketAddr, mut end: watch::Receiver<End>) {
    if *end.borrow_and_update() == End::Server {
        let Ok(mut server) = TcpStream::connect(server).await else {
            return;
        };
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            // Also where the cable itself has gone.
            _ = end.wait_for(|end| *end != End::Server) => {}
        }
    }
    let _ = end.wait_for(|end| *end != End::Void).await;
}
