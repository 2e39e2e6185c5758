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
    plugged: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Cable {
    /// One that leads to `server`, plugged in.
    pub async fn to(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let plugged = watch::Sender::new(true);
        let serving = tokio::spawn(serve(listener, server, plugged.clone()));
        Ok(Self {
            address,
            plugged,
            serving,
        })
    }

    /// `HOST:PORT` of its near end.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Ends all connections, and every new one as it comes.
    pub fn pull(&self) {
        self.plugged.send_replace(false);
    }

    /// Lets connections through again.
    pub fn plug_in(&self) {
        self.plugged.send_replace(true);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, server: SocketAddr, plugged: watch::Sender<bool>) {
    loop {
        let Ok((mut client, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let mut plugged = plugged.subscribe();
        tokio::spawn(async move {
            if !*plugged.borrow_and_update() {
                return;
            }
            let Ok(mut server) = TcpStream::connect(server).await else {
                return;
            };
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                // Also where the cable itself has gone.
                _ = plugged.wait_for(|plugged| !plugged) => {}
            }
        });
    }
}
