//! The same processes, each started for one program alone and gone with it.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::process::{LOG, LOOK_AGAIN, START, Service, StartError, failed};

/// Runs the command until its own input ends, which it does when whoever started it is gone, however that went. What the command says is
/// kept up to a number of bytes; the rest is read and dropped. It ends its whole process group, however early. Arguments: bytes of log, log, command.
const TIED: &str = r#"
bytes=$1 log=$2
shift 2
"$@" 2>&1 </dev/null | { head -c "$bytes" >"$log"; cat >/dev/null; } &
cat >/dev/null
trap "" TERM
kill -TERM 0
wait
"#;

/// A process that ends with this.
#[derive(Debug)]
pub struct Owned {
    /// Where it listens.
    pub address: SocketAddr,
    keeper: Child,
}

impl Owned {
    /// Ends it, and waits until it has ended.
    pub async fn end(mut self) -> io::Result<()> {
        drop(self.keeper.stdin.take());
        self.keeper.wait().await.map(drop)
    }
}

impl Service {
    /// A process of one's own at `address`, with its log at `log`. `command` is its argument vector, program first.
    pub async fn owned(
        self,
        address: SocketAddr,
        command: Vec<OsString>,
        log: PathBuf,
    ) -> Result<Owned, StartError> {
        let name = self.name;
        // A group of its own: an interrupt from the keyboard is for the program, which then ends this in its order.
        let keeper = Command::new("sh")
            .args(["-c", TIED, "keeper"])
            .arg(LOG.to_string())
            .arg(&log)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(failed(name, "it could not be started"))?;
        let deadline = Instant::now() + START;
        while !self.answers(address).await {
            if Instant::now() > deadline {
                return Err(StartError::Silent { name, address, log });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(Owned { address, keeper })
    }
}
