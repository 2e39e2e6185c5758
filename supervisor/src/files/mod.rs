//! The server of the user's files, on `files.sock`.
//!
//! A process of its own that runs as the user: the kernel refuses it what it refuses the user, whatever a path looks
//! like. It holds the workspace folder open and resolves every path beneath it.

mod change;
mod changed;
mod download;
mod entry;
mod root;
pub(crate) mod share;
mod upload;

use std::io;
use std::os::unix::net::{UnixDatagram as StdDatagram, UnixListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use berth_supervisor_protocol::error::ErrorCode;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use serde::Serialize;
use tokio::net::UnixListener;

use crate::answer::{Answer, Refusal, done, json};
use crate::args::FilesConfig;
use crate::query::Query;
use crate::serve::{self, Peers};
use crate::system;
use root::{Relative, Root};
use share::Asker;

/// Threads for calls that wait for the disk, and how long an idle one is kept.
const DISK_THREADS: usize = 4;
const DISK_THREAD_IDLE: Duration = Duration::from_secs(5);

/// Serves until the supervisor ends.
pub fn run(config: &FilesConfig) -> io::Result<()> {
    system::forbid_inspection()?;
    system::show_as(c"berth-files")?;
    // Inside a container the end of PID 1 ends everything; outside, this does.
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    umask(Mode::from_bits_truncate(0o002));
    let listener = StdListener::from(system::inherited(config.listen)?);
    let mut root = Root::open(&config.workspace)?;
    if let Some(opener) = config.opener {
        let socket = StdDatagram::from(system::inherited(opener)?);
        root = root.asking(Asker::new(socket));
    }
    let root = Arc::new(root);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(DISK_THREADS)
        .thread_keep_alive(DISK_THREAD_IDLE)
        .build()?;
    runtime.block_on(async move {
        let listener = UnixListener::from_std(listener)?;
        serve::serve(
            listener,
            Peers {
                trust_uid: config.trust_uid,
            },
            root,
            handle,
        )
        .await;
        Ok(())
    })
}

async fn handle(root: Arc<Root>, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let query = Query::of(request.uri());
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/v1/files") => {
            let path = Relative::parse(&query.get("path")?.unwrap_or_default())?;
            on_disk(root, move |root| {
                reached(|| root.open_up(&path), || entry::list(root, &path))
            })
            .await
        }
        (&Method::GET, "/v1/files/content") => {
            let path = Relative::parse(&query.need("path")?)?;
            download::answer(root, path, request.headers()).await
        }
        (&Method::PUT, "/v1/files/content") => {
            let path = Relative::parse(&query.need("path")?)?;
            upload::answer(root, path, request).await
        }
        (&Method::POST, "/v1/files/mkdir") => {
            let path = Relative::parse(&query.need("path")?)?;
            on_disk(root, move |root| {
                reached(|| root.open_up(&path), || change::make_folder(root, &path))
            })
            .await
        }
        (&Method::DELETE, "/v1/files") => {
            let path = Relative::parse(&query.need("path")?)?;
            blocking(root, move |root| {
                reached(|| root.open_up_below(&path), || change::delete(root, &path))
            })
            .await?;
            Ok(done())
        }
        (&Method::POST, "/v1/files/rename") => {
            let from = Relative::parse(&query.need("from")?)?;
            let to = Relative::parse(&query.need("to")?)?;
            on_disk(root, move |root| {
                // Not the short way: both are to be opened.
                let open = || root.open_up(&from) | root.open_up(&to);
                reached(open, || change::rename(root, &from, &to))
            })
            .await
        }
        (&Method::GET, "/v1/files/changed") => {
            let search = changed::Search::parse(&query)?;
            on_disk(root, move |root| changed::find(root, &search)).await
        }
        _ => Err(Refusal::new(ErrorCode::NotFound, "no such resource")),
    }
}

/// Does the work, and again where something was closed to us and could be opened.
fn reached<T>(
    open: impl Fn() -> bool,
    mut work: impl FnMut() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    match work() {
        Err(refusal) if refusal.code() == ErrorCode::Denied && open() => work(),
        result => result,
    }
}

/// Runs work that waits for the disk and answers with what it found.
async fn on_disk<T: Serialize + Send + 'static>(
    root: Arc<Root>,
    work: impl FnOnce(&Root) -> Result<T, Refusal> + Send + 'static,
) -> Result<Answer, Refusal> {
    Ok(json(StatusCode::OK, &blocking(root, work).await?))
}

async fn blocking<T: Send + 'static>(
    root: Arc<Root>,
    work: impl FnOnce(&Root) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(move || work(&root))
        .await
        .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?
}
