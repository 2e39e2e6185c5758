//! Nothing runs unowned: whatever runs on a data folder is what the server, or its next start, can know and end.
//!
//! - A user has one supervisor at most, or one container.
//! - Every supervisor answers, so that it can be found and ended.
//! - What it runs are processes of Claude Code, each for a conversation of that user, one a conversation.
//! - Every other process is below a supervisor, and ends with it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use berth_supervisor_protocol::Client;
use tokio::time::{Instant, timeout};

use crate::{DEADLINE, Engine, leftovers, store};

/// Nobody tells us when a process ends that is not our child, and a look goes through all there are.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Fails when something is still unowned at the deadline. For a moment something may be: what a killed supervisor ran ends
/// just after it.
pub(crate) async fn check(engine: Engine, data: &Path) -> anyhow::Result<()> {
    until(|| once(engine, data)).await
}

/// Waits until nothing runs at all.
pub(crate) async fn nothing(engine: Engine, data: &Path) -> anyhow::Result<()> {
    until(async || {
        let left = match engine {
            Engine::Process => leftovers::processes(data)
                .into_iter()
                .map(|found| found.command)
                .collect(),
            Engine::Docker => leftovers::containers(data)?,
        };
        ensure!(left.is_empty(), "still there: {left:#?}");
        Ok(())
    })
    .await
}

async fn until(holds: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match holds().await {
            Err(_) if Instant::now() < deadline => tokio::time::sleep(BETWEEN_LOOKS).await,
            result => return result,
        }
    }
}

async fn once(engine: Engine, data: &Path) -> anyhow::Result<()> {
    let workspaces = match engine {
        Engine::Process => supervised(data)?,
        Engine::Docker => leftovers::containers(data)?
            .into_iter()
            .map(|user| {
                let sockets = data.join("run").join(&user);
                (user, sockets)
            })
            .collect(),
    };
    let owners = store::owners(data)?;
    for (user, sockets) in workspaces {
        let listed = timeout(DEADLINE, Client::new(&sockets).processes()).await;
        let processes =
            listed?.with_context(|| format!("the supervisor of {user} does not answer"))?;
        let mut running = HashMap::new();
        for process in processes.iter().filter(|process| process.is_running()) {
            let key = process.exclusive.as_deref().unwrap_or_default();
            let owner = key
                .strip_prefix("claude.")
                .or_else(|| key.strip_prefix("agent-run."))
                .and_then(|conversation| owners.get(conversation));
            ensure!(
                owner == Some(&user),
                "{} of {user} is for {key:?}, which belongs to {owner:?}",
                process.id
            );
            let other = running.insert(key, &process.id);
            ensure!(other.is_none(), "{key} has {other:?} and {}", process.id);
        }
    }
    Ok(())
}

/// Each user's supervisor, where these are plain processes.
fn supervised(data: &Path) -> anyhow::Result<HashMap<String, PathBuf>> {
    let found = leftovers::processes(data);
    let mut users = HashMap::new();
    let mut supervisors = Vec::new();
    for process in &found {
        let Some(sockets) = &process.sockets else {
            continue;
        };
        supervisors.push(process.pid);
        let user = sockets
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let other = users.insert(user, sockets.clone());
        ensure!(other.is_none(), "two supervisors of {}", sockets.display());
    }
    for process in &found {
        let mut above = Some(process.pid);
        while let Some(pid) = above
            && !supervisors.contains(&pid)
        {
            above = leftovers::parent(pid);
        }
        ensure!(above.is_some(), "below no supervisor: {process:?}");
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    /// A process that waits for its end; ended with the test.
    struct Waiting(Child);

    impl Waiting {
        /// Comes back once it can be found: a process has neither command line nor environment for a moment after it was started.
        fn new(command: &mut Command) -> Self {
            let child = command.spawn().expect("a process");
            for name in ["cmdline", "environ"] {
                let path = format!("/proc/{}/{name}", child.id());
                while std::fs::read(&path).is_ok_and(|text| text.is_empty()) {
                    std::thread::yield_now();
                }
            }
            Self(child)
        }

        /// What is taken for a supervisor: its command line names a socket folder.
        fn supervisor(sockets: &Path) -> Self {
            let mut command = Command::new("sh");
            command.args(["-c", "read never", "supervisor", "--sockets"]);
            Self::new(command.arg(sockets).stdin(std::process::Stdio::piped()))
        }
    }

    impl Drop for Waiting {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn what_is_below_no_supervisor_and_a_second_supervisor_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let sockets = folder.path().join("workspaces/sockets/somebody");
        let first = Waiting::supervisor(&sockets);
        let users = supervised(folder.path()).expect("one supervisor");
        assert_eq!(users["somebody"], sockets);

        let second = Waiting::supervisor(&sockets);
        let error = supervised(folder.path()).expect_err("one too many");
        assert!(error.to_string().contains("two supervisors"), "{error}");
        drop(second);

        let home = folder.path().join("workspaces/users/somebody/home");
        let stray = Waiting::new(Command::new("sleep").arg("600").env("HOME", home));
        let error = supervised(folder.path()).expect_err("nobody's");
        assert!(error.to_string().contains("below no supervisor"), "{error}");
        drop((stray, first));
        assert_eq!(supervised(folder.path()).expect("nothing").len(), 0);
    }
}
