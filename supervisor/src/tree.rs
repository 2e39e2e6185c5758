//! Everything below a process, found in `/proc` and ended.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;

/// Rounds of killing before giving up: about five seconds.
const MAX_ROUNDS: u32 = 500;
const ROUND: Duration = Duration::from_millis(10);
/// Looks for somebody who is not stopped yet, within one round.
const MAX_LOOKS: u32 = 200;

/// Whether the kernel lists children; without, no tree could be found.
pub(crate) fn check() -> io::Result<()> {
    std::fs::metadata("/proc/thread-self/children").map(|_| ())
}

/// Sends `signal` to everything below `root`, and says to how many.
pub(crate) fn signal(root: Pid, signal: Signal) -> usize {
    let mut count = 0;
    visit(root, &mut |pid| {
        // One that ended in between is no failure.
        count += usize::from(is_alive(pid) && send(pid, signal).is_ok());
    });
    count
}

/// Which processes of a tree are meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose {
    Everybody,
    /// Those that run as this user.
    User(u32),
}

impl Whose {
    fn includes(self, pid: Pid) -> bool {
        match self {
            Self::Everybody => true,
            Self::User(wanted) => user_of(pid) == Some(wanted),
        }
    }
}

/// Kills what is meant below `root` until `is_gone` says that it worked; `false` when it did not after some seconds.
///
/// What the kernel lists of a tree in motion may miss somebody, so that an empty list proves nothing: the caller knows
/// better when it is over.
pub(crate) async fn kill(root: Pid, whose: Whose, is_gone: impl Fn() -> bool) -> bool {
    for round in 0..MAX_ROUNDS {
        kill_once(root, whose);
        if is_gone() {
            return true;
        }
        tokio::time::sleep(pause(round)).await;
        // Once it is gone for the caller, what has its number may be somebody else's.
        if is_gone() {
            return true;
        }
    }
    false
}

/// [`kill`] for a program without a runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "the shim has no runtime, and nothing tells when a process it does not own has ended"
)]
pub(crate) fn kill_blocking(root: Pid, is_gone: impl Fn() -> bool) {
    for round in 0..MAX_ROUNDS {
        kill_once(root, Whose::Everybody);
        if is_gone() {
            return;
        }
        std::thread::sleep(pause(round));
    }
}

/// Whether nobody who is meant below `root` is alive, as far as one look can tell.
pub(crate) fn is_empty(root: Pid, whose: Whose) -> bool {
    let mut empty = true;
    visit(root, &mut |pid| {
        empty &= !(whose.includes(pid) && is_alive(pid));
    });
    empty
}

/// The first rounds follow closely, since most trees end at once.
fn pause(round: u32) -> Duration {
    if round < 5 {
        Duration::from_millis(1)
    } else {
        ROUND
    }
}

/// Stops everybody meant below `root`, then kills them. A stopped process cannot fork, and holds its place under the limit of
/// processes, so that neither a fork bomb nor one that lives for a moment and leaves a successor outruns the killing.
fn kill_once(root: Pid, whose: Whose) {
    let mut stopped = HashSet::new();
    for _ in 0..MAX_LOOKS {
        let before = stopped.len();
        // At once where it is found: a moment later it may have forked and gone.
        visit(root, &mut |pid| {
            if whose.includes(pid) && stopped.insert(pid) {
                let _ = send(pid, Signal::SIGSTOP);
            }
        });
        if stopped.len() == before {
            break;
        }
    }
    visit(root, &mut |pid| {
        if whose.includes(pid) {
            let _ = send(pid, Signal::SIGKILL);
        }
    });
}

/// Shows everything below `root` to `act`, parents before children, zombies as well.
fn visit(root: Pid, act: &mut impl FnMut(Pid)) {
    let mut queue = vec![root];
    while let Some(parent) = queue.pop() {
        for child in children(parent) {
            act(child);
            queue.push(child);
        }
    }
}

/// The children of all threads of a process; none when it is gone.
fn children(parent: Pid) -> Vec<Pid> {
    let threads = std::fs::read_dir(format!("/proc/{parent}/task"))
        .into_iter()
        .flatten()
        .flatten();
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_ascii_whitespace()
                .filter_map(parse)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn parse(pid: &str) -> Option<Pid> {
    pid.parse().ok().map(Pid::from_raw)
}

/// The real user of a process. The owner of its folder in `/proc` would not do: that is root's for one that cannot be
/// inspected.
fn user_of(pid: Pid) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Whether a process can still do anything.
fn is_alive(pid: Pid) -> bool {
    std::fs::read(Path::new("/proc").join(pid.to_string()).join("stat"))
        .is_ok_and(|stat| state(&stat).is_some_and(|state| !matches!(state, b'Z' | b'X' | b'x')))
}

/// The state out of `pid (name) state …`, where a name may hold spaces and parentheses.
fn state(stat: &[u8]) -> Option<u8> {
    let end_of_name = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(end_of_name + 2).copied()
}

#[cfg(test)]
mod tests {
    use super::state;

    #[test]
    fn a_name_cannot_pretend_to_be_a_state() {
        assert_eq!(state(b"12 (a) Z 1 (b) S 7 12"), Some(b'S'));
        assert_eq!(state(b"12 (sh) Z 3 12"), Some(b'Z'));
        assert_eq!(state(b"12 (sh)"), None);
    }
}
