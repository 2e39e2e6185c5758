//! A local port inside the container that leads to the gateway's socket, byte for byte.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use berth_supervisor_protocol::socket::{self, SocketDir};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Semaphore;

/// Connections at once; more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 256;
/// Pause after a failed accept: it failed for want of descriptors, which takes a moment to change.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts for ever.
pub(crate) async fn run(listener: TcpListener, sockets: PathBuf) {
    let sockets = Arc::new(sockets);
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let Ok((inside, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let sockets = Arc::clone(&sockets);
        tokio::spawn(async move {
            // Either side going away ends the connection; the other side sees it closed, which is all there is to say.
            let _ = connect(inside, &sockets).await;
            drop(permit);
        });
    }
}

async fn connect(mut inside: TcpStream, sockets: &Path) -> io::Result<()> {
    // Opened each time: the host may have made the folder's content anew.
    let dir = SocketDir::open(sockets)?;
    let mut outside = UnixStream::connect(dir.address(socket::GATEWAY)).await?;
    drop(dir);
    // A delta of the model's answer is small and wanted at once.
    inside.set_nodelay(true)?;
    copy_bidirectional(&mut inside, &mut outside).await?;
    Ok(())
}
