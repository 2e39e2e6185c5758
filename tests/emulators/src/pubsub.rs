//! Google's Pub/Sub emulator.
//!
//! It ignores filters and flow control, and never forgets a client that went away: a test takes a project of its own, and with it
//! subscriptions of its own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::owned::Owned;
use crate::process::{Listen, Service, Shared, StartError, cloud_sdk, failed, free_address, java};

const SERVICE: Service = Service {
    name: "pubsub",
    listen: Listen::Anywhere,
    health: "/",
};

/// Where the emulator is in the Google Cloud CLI's folder.
const FOLDER: &str = "platform/pubsub-emulator/lib";

const MISSING: StartError = StartError::Missing {
    what: "the Pub/Sub emulator",
    how: "install the Google Cloud CLI and then its component: gcloud components install pubsub-emulator",
};

/// A Pub/Sub emulator that runs as long as this lives, shared with every other test.
#[derive(Debug)]
pub struct PubSub(Shared);

impl PubSub {
    /// The emulator, started if nobody has. What is in it is other tests' as well: a test takes a [`project`](Self::project) of its own.
    pub async fn shared() -> Result<Self, StartError> {
        SERVICE.shared(command).await.map(Self)
    }

    /// One of one's own, empty, at `address` (port 0: a free one), with its log in `folder`.
    pub async fn owned(address: SocketAddr, folder: &Path) -> Result<Owned, StartError> {
        let address = match address.port() {
            0 => free_address().map_err(failed(SERVICE.name, "no port is free"))?,
            _ => address,
        };
        let log = folder.join(SERVICE.name);
        SERVICE.owned(address, command(address)?, log).await
    }

    /// Its address, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The name of a project nobody else uses: no topic and no subscription.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests share the emulator and are told apart by chance"
    )]
    pub fn project(&self) -> String {
        format!("berth-{}", Uuid::new_v4().simple())
    }
}

/// The emulator's archive; its name holds its version.
fn jar(folder: &Path) -> Option<PathBuf> {
    let mut jars: Vec<_> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| {
                name.starts_with("cloud-pubsub-emulator-") && name.ends_with("-all.jar")
            })
        })
        .collect();
    jars.sort();
    jars.pop()
}

/// The argument vector, program first.
fn command(address: SocketAddr) -> Result<Vec<OsString>, StartError> {
    let jar = cloud_sdk()
        .and_then(|sdk| jar(&sdk.join(FOLDER)))
        .ok_or(MISSING)?;
    // The emulator answers about permissions on a port of its own, which nobody here asks.
    let unused = free_address().map_err(|source| StartError::Io {
        name: SERVICE.name,
        action: "no port is free",
        source,
    })?;
    let mut command = vec![java()?.into_os_string()];
    command.extend(["-Xmx512m", "-Duser.language=en", "-jar"].map(OsString::from));
    command.push(jar.into_os_string());
    command.push(format!("--host={}", address.ip()).into());
    command.push(format!("--port={}", address.port()).into());
    command.push(format!("--iam_port={}", unused.port()).into());
    Ok(command)
}
