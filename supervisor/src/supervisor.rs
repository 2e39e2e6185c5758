//! The supervisor from start to end: sockets, children, forward, and a shutdown with a bound.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use berth_supervisor_protocol::node::Health;
use berth_supervisor_protocol::socket;
use berth_supervisor_protocol::{PROTOCOL, REVISION};
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use nix::unistd::Pid;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::args::Config;
use crate::file_server::FileServer;
use crate::nursery::Nursery;
use crate::process::Table;
use crate::serve::{self, Peers};
use crate::tree::{self, Whose};
use crate::{clock, folders, forward, reaper, routes, system};

/// What processes have between being asked and being made to end. Docker waits longer.
const GRACE: Duration = Duration::from_secs(3);
/// How often the grace looks whether anybody is left.
const GRACE_STEP: Duration = Duration::from_millis(10);
/// Written by the image's build.
const REGISTRIES: &str = "/etc/berth/registries.json";

/// Why the supervisor could not start, or go on.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}")]
pub struct Error {
    what: String,
    source: io::Error,
}

/// Names what failed.
fn at(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    let what = what.into();
    move |source| Error { what, source }
}

/// Runs until `SIGTERM` or `SIGINT`.
pub fn run(config: Config) -> Result<(), Error> {
    system::forbid_inspection().map_err(at("prctl"))?;
    tree::check().map_err(at("/proc/thread-self/children"))?;
    system::adopt_orphans().map_err(at("prctl"))?;
    umask(Mode::from_bits_truncate(0o002));
    if std::process::id() == 1 {
        folders::prepare_nests();
    }
    // One thread: identities for files are changed for a moment while pipes are made, and there is little to do.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(at("runtime"))?;
    runtime.block_on(supervise(config))
}

async fn supervise(config: Config) -> Result<(), Error> {
    // Before the first child, so that no end is missed.
    let child = signal(SignalKind::child()).map_err(at("SIGCHLD"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(at("SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(at("SIGINT"))?;

    let table = Arc::new(Table::new(Nursery::start().map_err(at("nursery"))?));
    let (others, ended) = mpsc::channel(16);
    tokio::spawn(reaper::run(child, Arc::clone(&table), others));

    let files = serve::bind(&config.sockets, socket::FILES).map_err(at(socket::FILES))?;
    let files = FileServer::start(&config, files).map_err(at("file server"))?;
    tokio::spawn(files.keep(ended));

    let forward = TcpListener::bind(config.forward)
        .await
        .map_err(at(config.forward.to_string()))?;
    tokio::spawn(forward::run(forward, config.sockets.clone()));

    let health = health().map_err(at("boot id"))?;
    let state = Arc::new(routes::State {
        table: Arc::clone(&table),
        health,
    });
    // Last: once this socket answers, everything does.
    let listener = serve::bind(&config.sockets, socket::SUPERVISOR)
        .and_then(UnixListener::from_std)
        .map_err(at(socket::SUPERVISOR))?;
    tokio::spawn(serve::serve(
        listener,
        Peers {
            trust_uid: config.trust_uid,
        },
        state,
        routes::handle,
    ));

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    end(&table).await;
    Ok(())
}

fn health() -> io::Result<Health> {
    // Each read of this file gives a new one.
    let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/uuid")?
        .trim()
        .to_owned();
    let registries = std::fs::read(Path::new(REGISTRIES))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    Ok(Health {
        protocol: PROTOCOL,
        revision: REVISION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        boot_id,
        started_ms: clock::now_ms(),
        registries,
    })
}

/// Asks everything below to end, waits a little, and makes it.
async fn end(table: &Table) {
    for process in table.all() {
        // Nothing left to ask is what we want.
        let _ = process.signal_tree(Signal::SIGTERM);
    }
    let all_gone = async {
        while table
            .all()
            .iter()
            .any(|process| process.status.borrow().shim.is_some())
        {
            tokio::time::sleep(GRACE_STEP).await;
        }
    };
    let _ = tokio::time::timeout(GRACE, all_gone).await;
    // Everything: trees, their shims, the file server, and strays nobody above remembers.
    let (us, everybody) = (Pid::this(), Whose::Everybody);
    tree::kill(us, everybody, || tree::is_empty(us, everybody)).await;
}
