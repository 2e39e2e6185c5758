//! Google's Firestore emulator.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use uuid::Uuid;

use crate::owned::Owned;
use crate::process::{Listen, Service, Shared, StartError, cloud_sdk, failed, free_address, java};

const SERVICE: Service = Service {
    name: "firestore",
    listen: Listen::Anywhere,
    health: "/",
};

/// Where the emulator is in the Google Cloud CLI's folder.
const JAR: &str = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";

const MISSING: StartError = StartError::Missing {
    what: "the Firestore emulator",
    how: "install the Google Cloud CLI and then its component: gcloud components install cloud-firestore-emulator",
};

/// A Firestore emulator that runs as long as this lives, shared with every other test.
#[derive(Debug)]
pub struct Firestore(Shared);

impl Firestore {
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

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Its address, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// The name of a project nobody else uses: an empty database.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests share the emulator and are told apart by chance"
    )]
    pub fn project(&self) -> String {
        format!("berth-{}", Uuid::new_v4().simple())
    }
}

/// The argument vector, program first.
fn command(address: SocketAddr) -> Result<Vec<OsString>, StartError> {
    let jar = cloud_sdk().ok_or(MISSING)?.join(JAR);
    if !jar.is_file() {
        return Err(MISSING);
    }
    let mut command = vec![java()?.into_os_string()];
    command.extend(["-Xmx512m", "-Duser.language=en", "-cp"].map(OsString::from));
    command.push(jar.into_os_string());
    command.push("com.google.cloud.datastore.emulator.firestore.CloudFirestore".into());
    command.push("--host".into());
    command.push(address.ip().to_string().into());
    command.push("--port".into());
    command.push(address.port().to_string().into());
    Ok(command)
}
