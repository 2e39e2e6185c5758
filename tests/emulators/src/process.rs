//! One process that many test processes share. The first that needs it starts it; it ends by itself when nobody has held it for
//! a while.
//!
//! nextest runs each test in a process of its own, so sharing goes over files in a folder of this user's: `starting` is locked by
//! whoever looks for the process or starts it; `held` is locked, shared, by everybody who uses it; `address` says where it listens.
//! A small shell script is its parent and waits until it gets `held` for itself alone. Locks end with their process, however that
//! ends, so nothing has to be cleaned up.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::Instant;

/// How long nobody holds it before it ends.
const IDLE: Duration = Duration::from_mins(1);
/// How long it may take to answer. A JVM on a busy machine takes its time.
pub(crate) const START: Duration = Duration::from_secs(90);
/// Addresses that are tried: one that was free a moment ago may be somebody's by the time the process listens.
const ADDRESSES: u32 = 5;
/// How long one look at whether it answers may take.
const LOOK: Duration = Duration::from_secs(5);
/// Time between two such looks while it starts.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Bytes of its output that are kept. The rest is read and dropped: an emulator that cannot write its log may hang, and one that can
/// may fill the disk.
pub(crate) const LOG: u32 = 4 * 1024 * 1024;

/// Runs the command and ends it when `held` has been nobody's for a while. While it ends the process it keeps `held` for itself, so
/// that nobody takes hold of a process that is about to go. Arguments: `held`, idle seconds, bytes of log, log, command.
const KEEPER: &str = r#"
held=$1 idle=$2 bytes=$3 log=$4
shift 4
{ sh -c 'echo $$ >"$0.pid" && exec "$@" 2>&1' "$log" "$@"; } | { head -c "$bytes" >"$log"; cat >/dev/null; } &
while :; do
  flock -x "$held" true || exit 1
  sleep "$idle"
  flock -n -x "$held" sh -c 'kill "$(cat "$0.pid")"; i=0
    while kill -0 "$(cat "$0.pid")" 2>/dev/null && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done' "$log" && exit 0
done
"#;

/// It could not be had.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something that has to be installed is not there.
    #[error("{what} is not installed: {how}")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// How to get it.
        how: &'static str,
    },
    /// A file, a lock or a process could not be had.
    #[error("{name}: {action}")]
    Io {
        /// Which process.
        name: &'static str,
        /// What was attempted.
        action: &'static str,
        #[source]
        source: io::Error,
    },
    /// It was started and does not answer.
    #[error("{name} does not answer at {address}; its output is in {}", log.display())]
    Silent {
        /// Which process.
        name: &'static str,
        /// Where it should listen.
        address: SocketAddr,
        /// What it said.
        log: PathBuf,
    },
}

/// Where it shall listen.
#[derive(Debug, Clone, Copy)]
pub enum Listen {
    /// On a free port of this machine's loopback address.
    Anywhere,
    /// There and nowhere else.
    At(SocketAddr),
}

/// What is shared.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Name of its folder.
    pub name: &'static str,
    /// Where it listens.
    pub listen: Listen,
    /// The path that answers `200` or `204` once it is up.
    pub health: &'static str,
}

/// A process that does not end as long as this lives.
#[derive(Debug)]
pub struct Shared {
    /// Where it listens.
    pub address: SocketAddr,
    _held: File,
}

impl Service {
    /// The process, started if nobody has. `command` makes its argument vector, program first, for the address it shall listen on.
    pub async fn shared(
        self,
        command: impl Fn(SocketAddr) -> Result<Vec<OsString>, StartError>,
    ) -> Result<Shared, StartError> {
        let name = self.name;
        let folder = folder(name).map_err(failed(name, "its folder could not be made"))?;
        let lock = failed(name, "a lock could not be had");
        let held = locked(folder.join("held"), File::lock_shared)
            .await
            .map_err(lock)?;
        let _starting = locked(folder.join("starting"), File::lock)
            .await
            .map_err(lock)?;
        let known = std::fs::read_to_string(folder.join("address")).ok();
        if let Some(address) = known.and_then(|text| text.parse().ok())
            && self.answers(address).await
        {
            return Ok(Shared {
                address,
                _held: held,
            });
        }
        if find_program("flock").is_none() {
            return Err(StartError::Missing {
                what: "flock",
                how: "install util-linux",
            });
        }
        let log = folder.join("log");
        let mut left = ADDRESSES;
        let address = loop {
            let address = match self.listen {
                Listen::At(address) => address,
                Listen::Anywhere => free_address().map_err(failed(name, "no port is free"))?,
            };
            left -= 1;
            start(&folder.join("held"), &log, &command(address)?)
                .map_err(failed(name, "it could not be started"))?;
            match self.started(address, &log).await {
                State::Answers => break address,
                State::Ended if left > 0 => {}
                State::Ended | State::Silent => {
                    return Err(StartError::Silent { name, address, log });
                }
            }
        };
        std::fs::write(folder.join("address"), address.to_string())
            .map_err(failed(name, "its address could not be written down"))?;
        Ok(Shared {
            address,
            _held: held,
        })
    }

    /// What becomes of a process that was started just now.
    async fn started(self, address: SocketAddr, log: &Path) -> State {
        let deadline = Instant::now() + START;
        while !self.answers(address).await {
            if has_ended(log) {
                return State::Ended;
            }
            if Instant::now() > deadline {
                return State::Silent;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        State::Answers
    }

    /// Whether it answers that all is well. Plain HTTP by hand: one line is asked, one line is read.
    pub(crate) async fn answers(self, address: impl ToSocketAddrs + Display) -> bool {
        let ask = async {
            let request = format!(
                "GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
                self.health
            );
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut line = [0; 12];
            stream.read_exact(&mut line).await?;
            io::Result::Ok(line)
        };
        matches!(tokio::time::timeout(LOOK, ask).await, Ok(Ok(line)) if line[8..].starts_with(b" 2"))
    }
}

pub(crate) fn failed(
    name: &'static str,
    action: &'static str,
) -> impl Fn(io::Error) -> StartError + Copy {
    move |source| StartError::Io {
        name,
        action,
        source,
    }
}

/// A free address on loopback; free at least a moment ago.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?.local_addr()
}

/// This user's folder of a shared process.
fn folder(name: &str) -> io::Result<PathBuf> {
    let uid = std::fs::metadata("/proc/self")?.uid();
    let base = std::env::temp_dir().join(format!("berth-emulators-{uid}"));
    let folder = base.join(name);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)?;
    if std::fs::metadata(&base)?.uid() != uid {
        return Err(io::Error::other("the folder is somebody else's"));
    }
    Ok(folder)
}

/// A file with a lock on it. Waiting for a lock blocks a thread, so it has one of its own.
async fn locked(path: PathBuf, lock: fn(&File) -> io::Result<()>) -> io::Result<File> {
    let wait = move || {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        lock(&file)?;
        Ok(file)
    };
    tokio::task::spawn_blocking(wait)
        .await
        .map_err(io::Error::other)?
}

/// What became of a start.
enum State {
    Answers,
    Ended,
    Silent,
}

/// Where the [`KEEPER`] notes the process's number.
fn number_file(log: &Path) -> PathBuf {
    log.with_extension("pid")
}

/// Whether a process that was started has ended.
fn has_ended(log: &Path) -> bool {
    // Nothing is there before it is started. What has ended has no program any more, also while nobody has waited for it.
    let number = std::fs::read_to_string(number_file(log)).unwrap_or_default();
    let number = number.trim();
    !number.is_empty() && std::fs::read_link(format!("/proc/{number}/exe")).is_err()
}

/// Starts the keeper, in a process group of its own so that it outlives the test that starts it.
fn start(held: &Path, log: &Path, command: &[OsString]) -> io::Result<()> {
    match std::fs::remove_file(number_file(log)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(held)
        .arg(IDLE.as_secs().to_string())
        .arg(LOG.to_string())
        .arg(log)
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map(drop)
}

/// The first folder of the search path that has this program, links followed.
#[expect(
    clippy::disallowed_methods,
    reason = "programs are found where the shell would find them"
)]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .and_then(|program| program.canonicalize().ok())
}

/// The Google Cloud CLI's folder, which has the emulators.
pub fn cloud_sdk() -> Option<PathBuf> {
    let gcloud = find_program("gcloud")?;
    Some(gcloud.parent()?.parent()?.to_owned())
}

/// Java, which Google's emulators need.
pub fn java() -> Result<PathBuf, StartError> {
    find_program("java").ok_or(StartError::Missing {
        what: "Java",
        how: "install a Java runtime, version 17 or later (Debian: apt install default-jre-headless)",
    })
}
