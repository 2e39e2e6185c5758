//! Listening on a Unix socket, and who may speak there.

use std::future::Future;
use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use berth_supervisor_protocol::error::ErrorCode;
use berth_supervisor_protocol::socket::SocketDir;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use nix::sys::stat::{Mode, umask};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use crate::answer::{Answer, Refusal};

/// Connections at once; more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 256;
/// Pause after a failed accept: it failed for want of descriptors, which takes a moment to change.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Makes the socket `name` in `dir`, for the owner and the group. One left by an earlier start is replaced.
pub(crate) fn bind(dir: &Path, name: &str) -> io::Result<StdListener> {
    match std::fs::remove_file(dir.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Through the mask, so that there is no moment at which the socket is open to more.
    let before = umask(Mode::from_bits_truncate(0o117));
    let listener = SocketDir::open(dir).and_then(|dir| StdListener::bind(dir.address(name)));
    umask(before);
    let listener = listener?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Whose connections are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peers {
    /// Outside a container there is no namespace to tell host and user apart by, so a user is named.
    pub(crate) trust_uid: Option<u32>,
}

impl Peers {
    /// The kernel shows a process of another pid namespace as 0. Nothing inside the container, whatever its user, has
    /// that number.
    fn may_connect(self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|peer| {
            peer.pid() == Some(0) || self.trust_uid.is_some_and(|trusted| trusted == peer.uid())
        })
    }
}

/// Accepts for ever, answering with `handle`.
pub(crate) async fn serve<S, H, F>(listener: UnixListener, peers: Peers, state: Arc<S>, handle: H)
where
    S: Send + Sync + 'static,
    H: Fn(Arc<S>, Request<Incoming>) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = Result<Answer, Refusal>> + Send,
{
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let allowed = peers.may_connect(&stream);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let state = Arc::clone(&state);
                async move {
                    let result = if allowed {
                        handle(state, request).await
                    } else {
                        Err(stranger())
                    };
                    Ok::<_, std::convert::Infallible>(result.unwrap_or_else(Refusal::answer))
                }
            });
            // A broken connection concerns only its client, who knows.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

fn stranger() -> Refusal {
    Refusal::new(ErrorCode::Denied, "only the host may connect")
}
