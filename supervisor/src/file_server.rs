//! Keeps the server of the user's files running.

use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::Pid;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::args::Config;
use crate::files::share::Opener;
use crate::system;

/// Pause before it is started again, lest one that cannot start keeps the processor busy.
const RESTART_PAUSE: Duration = Duration::from_millis(200);

/// A running file server and what the next one needs.
#[derive(Debug)]
pub(crate) struct FileServer {
    config: Config,
    /// Ours, so that connections wait while it starts.
    listener: UnixListener,
    /// Only where there are users to tell apart.
    opener: Option<Arc<Opener>>,
    answering: Option<AbortHandle>,
    current: Option<Pid>,
}

impl FileServer {
    /// Starts it as the user.
    pub(crate) fn start(config: &Config, listener: UnixListener) -> io::Result<Self> {
        let opener = config
            .files_user
            .map(|user| Opener::new(&config.workspace, user).map(Arc::new))
            .transpose()?;
        let mut server = Self {
            config: config.clone(),
            listener,
            opener,
            answering: None,
            current: None,
        };
        server.current = Some(server.spawn()?);
        Ok(server)
    }

    /// Starts it again whenever it ended: it runs as the user, who can end it. `ended` are children that ended.
    pub(crate) async fn keep(mut self, mut ended: mpsc::Receiver<Pid>) {
        while let Some(pid) = ended.recv().await {
            if self.current.is_some_and(|current| current != pid) {
                continue;
            }
            tokio::time::sleep(RESTART_PAUSE).await;
            // Under a full process limit it fails; the next child that ends makes room and brings us here again.
            self.current = self.spawn().ok();
        }
    }

    fn spawn(&mut self) -> io::Result<Pid> {
        let listener = self.listener.try_clone()?;
        system::inherit(&listener)?;
        let mut command = Command::new("/proc/self/exe");
        command
            .arg0("berth-supervisor")
            .arg("files")
            .env_clear()
            .current_dir("/")
            .process_group(0);
        command
            .arg("--listen")
            .arg(listener.as_raw_fd().to_string());
        command.arg("--workspace").arg(&self.config.workspace);
        if let Some(uid) = self.config.trust_uid {
            command.arg("--trust-uid").arg(uid.to_string());
        }
        if let Some((uid, gid)) = self.config.files_user {
            command.uid(uid).gid(gid);
        }
        // Open until the child has its copy.
        let theirs = self.answer()?;
        if let Some(theirs) = &theirs {
            system::inherit(theirs)?;
            command.arg("--opener").arg(theirs.as_raw_fd().to_string());
        }
        let child = command.spawn()?;
        i32::try_from(child.id())
            .map(Pid::from_raw)
            .map_err(io::Error::other)
    }

    /// Begins to answer on a new socket, in place of an earlier server's, and gives the other end.
    fn answer(&mut self) -> io::Result<Option<UnixDatagram>> {
        let Some(opener) = &self.opener else {
            return Ok(None);
        };
        let (ours, theirs) = UnixDatagram::pair()?;
        let task = tokio::spawn(Arc::clone(opener).serve(ours));
        if let Some(earlier) = self.answering.replace(task.abort_handle()) {
            earlier.abort();
        }
        Ok(Some(theirs))
    }
}
