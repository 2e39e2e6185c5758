//! All processes: those that run, and the latest of those that ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::process::{Process as Snapshot, ProcessId, ProcessSpec};
use nix::unistd::{Pid, geteuid};

use super::{Main, Process, check_key, spawn};
use crate::answer::Refusal;
use crate::nursery::Nursery;
use crate::shims::Shims;
use crate::tree::{self, Whose};

/// Processes whose main program runs.
const MAX_LIVE: usize = 128;
/// Ended processes that are remembered.
const MAX_ENDED: usize = 64;
/// Folders a process may ask for.
const MAX_FOLDERS: usize = 8;
/// Bytes of stdout that ended processes may hold together: each could hold a full ring, in a container of one gigabyte.
const MAX_ENDED_BYTES: usize = 64 * 1024 * 1024;

/// The processes in the order they were started: few enough to be searched one by one.
#[derive(Debug)]
pub(crate) struct Table {
    processes: Mutex<Vec<Arc<Process>>>,
    shims: Arc<Shims>,
}

impl Table {
    /// An empty one, whose processes come from `nursery`.
    pub(crate) fn new(nursery: Nursery) -> Self {
        Self {
            processes: Mutex::default(),
            shims: Arc::new(Shims::new(nursery)),
        }
    }

    /// Starts a process, or finds the one of that id; says which. Either is given the write that comes with it.
    pub(crate) async fn start(&self, mut spec: ProcessSpec) -> Result<(bool, Snapshot), Refusal> {
        let input = spec.input.take();
        if let Some(input) = &input {
            check_key(&input.key)?;
        }
        let (created, process) = self.find_or_spawn(spec)?;
        // What is not taken now is written by itself, which says why.
        let input = input.and_then(|input| process.write(input.key, input.text.into()).ok());
        let mut status = process.status.subscribe();
        // The sender lives in the process we hold.
        let _ = status
            .wait_for(|status| status.main != Main::Starting)
            .await;
        process
            .snapshot()
            .map(|snapshot| (created, Snapshot { input, ..snapshot }))
            .ok_or_else(|| {
                self.lock().retain(|other| !Arc::ptr_eq(other, &process));
                failure(&process)
            })
    }

    fn find_or_spawn(&self, spec: ProcessSpec) -> Result<(bool, Arc<Process>), Refusal> {
        let mut processes = self.lock();
        if let Some(process) = processes.iter().find(|process| process.id == spec.id) {
            return Ok((false, Arc::clone(process)));
        }
        check(&spec)?;
        let live = || {
            processes
                .iter()
                .filter(|process| process.status.borrow().main.is_live())
        };
        if let Some(holder) =
            live().find(|process| spec.exclusive.is_some() && process.exclusive == spec.exclusive)
        {
            let refusal = Refusal::new(
                ErrorCode::Exclusive,
                "a live process holds the same exclusive key",
            );
            return Err(refusal.held_by(holder.id.clone()));
        }
        if live().count() >= MAX_LIVE {
            return Err(Refusal::new(
                ErrorCode::Busy,
                format!("{MAX_LIVE} processes run already"),
            ));
        }
        let process = spawn::spawn(spec, &self.shims)?;
        processes.push(Arc::clone(&process));
        forget_oldest(&mut processes);
        Ok((true, process))
    }

    pub(crate) fn get(&self, id: &ProcessId) -> Result<Arc<Process>, Refusal> {
        let found = self
            .lock()
            .iter()
            .find(|process| process.id == *id)
            .map(Arc::clone);
        found.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "no such process"))
    }

    pub(crate) fn all(&self) -> Vec<Arc<Process>> {
        self.lock().clone()
    }

    /// Kills the tree and forgets the process.
    pub(crate) async fn remove(&self, id: &ProcessId) -> Result<(), Refusal> {
        let process = self.get(id)?;
        process.kill_tree().await?;
        process.output.send_modify(super::Output::discard);
        self.lock().retain(|other| !Arc::ptr_eq(other, &process));
        Ok(())
    }

    /// Kills everything that runs as `uid`, also what is below no shim any more, and forgets those processes.
    pub(crate) async fn end_user(self: &Arc<Self>, uid: u32) -> Result<(), Refusal> {
        if uid == geteuid().as_raw() {
            return Err(Refusal::new(
                ErrorCode::Invalid,
                "that is the supervisor's own user",
            ));
        }
        let table = Arc::clone(self);
        let is_gone = move || {
            let mut shims = table.of_user(uid).into_iter();
            shims.all(|process| process.status.borrow().shim.is_none())
                && tree::is_empty(Pid::this(), Whose::User(uid))
        };
        // A task of its own: stopped half-way, killing would leave processes frozen.
        let killing = tokio::spawn(tree::kill(Pid::this(), Whose::User(uid), is_gone));
        if !killing.await.unwrap_or(false) {
            return Err(super::not_ended());
        }
        for process in self.of_user(uid) {
            process.output.send_modify(super::Output::discard);
        }
        self.lock().retain(|process| process.uid != Some(uid));
        Ok(())
    }

    fn of_user(&self, uid: u32) -> Vec<Arc<Process>> {
        let mut processes = self.all();
        processes.retain(|process| process.uid == Some(uid));
        processes
    }

    /// Notes that the shim of that number was reaped; `false` when it is none of ours.
    pub(crate) fn shim_ended(&self, pid: Pid) -> bool {
        self.lock().iter().any(|process| {
            process.status.send_if_modified(|status| {
                let ours = status.shim == Some(pid);
                if ours {
                    status.shim = None;
                }
                ours
            })
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Process>>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_oldest(processes: &mut Vec<Arc<Process>>) {
    let (mut count, mut bytes) = (0, 0);
    let mut forgotten = Vec::new();
    for process in processes
        .iter()
        .rev()
        .filter(|process| !process.status.borrow().main.is_live())
    {
        count += 1;
        bytes += process.output.borrow().ring.len();
        if count > MAX_ENDED || bytes > MAX_ENDED_BYTES {
            forgotten.push(Arc::clone(process));
        }
    }
    processes.retain(|process| !forgotten.iter().any(|gone| Arc::ptr_eq(gone, process)));
    for process in forgotten {
        process.output.send_modify(super::Output::discard);
        // What it left behind could not be reached any more. It is out of the table, so that only the shutdown is
        // left to notice a tree that would not end.
        tokio::spawn(async move { process.kill_tree().await });
    }
}

fn failure(process: &Process) -> Refusal {
    let message = match &process.status.borrow().main {
        Main::Failed(message) => message.clone(),
        Main::Starting | Main::Running(_) | Main::Exited { .. } => "not started".to_owned(),
    };
    Refusal::new(ErrorCode::StartFailed, message)
}

/// Whether a path is absolute, not the root, and spelled in the one way.
fn is_plain(path: &str) -> bool {
    path.strip_prefix('/')
        .is_some_and(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

/// Refuses what cannot be started, or must not.
fn check(spec: &ProcessSpec) -> Result<(), Refusal> {
    let invalid = |message: &str| Err(Refusal::new(ErrorCode::Invalid, message));
    let strings = spec
        .argv
        .iter()
        .chain(spec.env.keys())
        .chain(spec.env.values())
        .chain([&spec.cwd])
        .chain(spec.folders.iter().map(|folder| &folder.path));
    if strings.into_iter().any(|text| text.contains('\0')) {
        return invalid("a NUL cannot be passed");
    }
    if spec.argv.first().is_none_or(String::is_empty) {
        return invalid("argv is empty");
    }
    if spec
        .env
        .keys()
        .any(|name| name.is_empty() || name.contains('='))
    {
        return invalid("a variable's name is empty or contains =");
    }
    if !spec.cwd.starts_with('/') {
        return invalid("cwd is not absolute");
    }
    if spec.folders.len() > MAX_FOLDERS {
        return invalid("more than 8 folders");
    }
    if spec.folders.iter().any(|folder| !is_plain(&folder.path)) {
        return invalid("a folder's path is not absolute, or has . or .. in it");
    }
    if spec
        .ring_bytes
        .is_some_and(|bytes| !(4096..=64 * 1024 * 1024).contains(&bytes))
    {
        return invalid("ring_bytes is not between 4096 and 67108864");
    }
    if spec
        .exclusive
        .as_ref()
        .is_some_and(|key| key.is_empty() || key.len() > 256)
    {
        return invalid("exclusive is not 1 to 256 bytes");
    }
    if spec.uid.is_some() != spec.gid.is_some() {
        return invalid("uid and gid go together");
    }
    // In the container the supervisor's identity holds capabilities no other process may have.
    if std::process::id() == 1 && (spec.uid.unwrap_or(0) == 0 || spec.gid.unwrap_or(0) == 0) {
        return invalid("uid and gid are needed, and not 0");
    }
    Ok(())
}
