//! Everything below a process, found in `/proc` and ended.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;

/// Rounds of signalling before giving up: about five seconds.
const MAX_ROUNDS: u32 = 250;
const ROUND: Duration = Duration::from_millis(20);
/// Rounds of stopping before killing anyway.
const MAX_FREEZES: u32 = 16;

/// Sends `signal` to everything below `root`, and says to how many.
pub(crate) fn signal(root: Pid, signal: Signal) -> usize {
    // One that ended in between is no failure.
    below(root)
        .into_iter()
        .filter(|&pid| send(pid, signal).is_ok())
        .count()
}

/// Whether anything below `root` is alive.
pub(crate) fn is_empty(root: Pid) -> bool {
    below(root).is_empty()
}

/// Kills everything below `root`; `false` when something is left after some seconds.
pub(crate) async fn kill(root: Pid) -> bool {
    freeze(root);
    for round in 0..MAX_ROUNDS {
        if signal(root, Signal::SIGKILL) == 0 && is_empty(root) {
            return true;
        }
        tokio::time::sleep(pause(round)).await;
    }
    is_empty(root)
}

/// [`kill`] for a program without a runtime.
pub(crate) fn kill_blocking(root: Pid) {
    freeze(root);
    for round in 0..MAX_ROUNDS {
        if signal(root, Signal::SIGKILL) == 0 && is_empty(root) {
            return;
        }
        std::thread::sleep(pause(round));
    }
}

/// The first rounds follow closely, since most trees end at once.
fn pause(round: u32) -> Duration {
    if round < 5 {
        Duration::from_millis(1)
    } else {
        ROUND
    }
}

/// Stops everything below `root` until a look finds nobody new: a stopped process cannot fork, and holds its place
/// under the limit of processes, so that a fork bomb cannot outrun the killing.
fn freeze(root: Pid) {
    let mut stopped = HashSet::new();
    for _ in 0..MAX_FREEZES {
        let mut new = false;
        for pid in below(root) {
            if stopped.insert(pid) {
                new = true;
                // One that ended in between needs no stopping.
                let _ = send(pid, Signal::SIGSTOP);
            }
        }
        if !new {
            return;
        }
    }
}

/// The living below `root`, parents before children. Zombies are dead; their parents' reaping is not our concern.
fn below(root: Pid) -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<(i32, bool)>> = HashMap::new();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    for entry in processes.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let Ok(stat) = std::fs::read(entry.path().join("stat")) else {
            continue;
        };
        if let Some((parent, alive)) = parent_and_state(&stat) {
            children.entry(parent).or_default().push((pid, alive));
        }
    }
    let mut found = Vec::new();
    let mut queue = vec![root.as_raw()];
    while let Some(parent) = queue.pop() {
        for (pid, alive) in children.remove(&parent).unwrap_or_default() {
            if alive {
                found.push(Pid::from_raw(pid));
            }
            queue.push(pid);
        }
    }
    found
}

/// Reads `pid (name) state parent …`, where a name may hold spaces and parentheses.
fn parent_and_state(stat: &[u8]) -> Option<(i32, bool)> {
    let end_of_name = stat.iter().rposition(|&byte| byte == b')')?;
    let mut fields = str::from_utf8(&stat[end_of_name + 1..])
        .ok()?
        .split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    Some((parent, !matches!(state, "Z" | "X" | "x")))
}

#[cfg(test)]
mod tests {
    use super::parent_and_state;

    #[test]
    fn a_name_cannot_pretend_to_be_other_fields() {
        assert_eq!(parent_and_state(b"12 (a) Z 1 (b) S 7 12"), Some((7, true)));
        assert_eq!(parent_and_state(b"12 (sh) Z 3 12"), Some((3, false)));
        assert_eq!(parent_and_state(b"12 (sh"), None);
    }
}
