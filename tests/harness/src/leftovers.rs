//! What runs on a data folder, found without asking the server: by command line and environment, or by a container's label.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::store;

/// A process of this machine.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) pid: i32,
    /// Its command line, for people.
    pub(crate) command: String,
    /// Of a supervisor: its socket folder.
    pub(crate) sockets: Option<PathBuf>,
}

/// Everything that names the workspaces of `data`, however far from its parent it has gone. A zombie names nothing.
pub(crate) fn processes(data: &Path) -> Vec<Found> {
    let folder = data.join("workspaces");
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| look_at(pid, folder.as_os_str().as_bytes()))
        .collect()
}

fn look_at(pid: i32, folder: &[u8]) -> Option<Found> {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    // Unreadable where it is somebody else's, or does not want to be looked into.
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let names_it = |text: &[u8]| text.windows(folder.len()).any(|part| part == folder);
    if !names_it(&command) && !names_it(&environment) {
        return None;
    }
    let mut arguments = command.split(|byte| *byte == 0);
    let sockets = arguments
        .find(|argument| argument == b"--sockets")
        .and_then(|_| arguments.next())
        .map(|folder| PathBuf::from(std::ffi::OsStr::from_bytes(folder)));
    Some(Found {
        pid,
        command: String::from_utf8_lossy(&command).replace('\0', " "),
        sockets,
    })
}

/// The parent of a process; `None` when it has gone.
pub(crate) fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; state and parent follow.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Users with a running container of this installation.
pub(crate) fn containers(data: &Path) -> anyhow::Result<Vec<String>> {
    let label = format!("label=berth.installation={}", store::installation(data)?);
    let output = Command::new("docker")
        .args(["ps", "--format", "{{.Names}}", "--filter", &label])
        .output()?;
    anyhow::ensure!(output.status.success(), "docker does not answer");
    let names = String::from_utf8(output.stdout)?;
    let users = names.lines().map(|name| {
        let user = name.strip_prefix("workspace-");
        user.map(str::to_owned)
            .ok_or_else(|| anyhow::anyhow!("a container of this installation is called {name}"))
    });
    users.collect()
}

/// Whether no process of `data`'s workspaces is left.
pub fn nothing_runs(data: &Path) -> bool {
    processes(data).is_empty()
}

/// Ends every process of `data`: again while there are some, since one may have started another meanwhile.
pub fn end_processes(data: &Path) {
    for _ in 0..100 {
        let found = processes(data);
        if found.is_empty() {
            return;
        }
        for process in found {
            // It may have ended already.
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
    }
}

/// Removes the containers and volumes of everybody who had a workspace.
pub(crate) fn remove_containers(data: &Path) {
    let users = std::fs::read_dir(data.join("run"));
    for user in users.into_iter().flatten().flatten() {
        let name = format!("workspace-{}", user.file_name().to_string_lossy());
        let [files, home, agents] =
            ["files", "home", "agents"].map(|part| format!("{name}-{part}"));
        for arguments in [
            vec!["rm", "--force", &name],
            vec!["volume", "rm", "--force", &files, &home, &agents],
        ] {
            // Best effort: what is left over is labelled, and the test's own verdict stands.
            let _ = Command::new("docker")
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}
