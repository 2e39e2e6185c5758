//! Files that changed lately: what a run produced.

use std::collections::VecDeque;

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::files::{Changed, Entry, EntryKind};
use nix::dir::Type;
use nix::fcntl::OFlag;
use nix::sys::stat::fstat;

use super::entry;
use super::reached;
use super::root::{Relative, Root};
use crate::answer::Refusal;
use crate::query::Query;

/// Levels of folders below the one asked about.
const MAX_DEPTH: usize = 8;
/// Entries looked at.
const MAX_SEEN: usize = 20_000;
const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 1000;
/// Folders full of files nobody made by hand.
const SKIPPED: [&str; 5] = [
    "node_modules",
    "__pycache__",
    "site-packages",
    "venv",
    "env",
];
/// Marks a Python environment of any name.
const ENVIRONMENT_MARK: &str = "pyvenv.cfg";

/// What to look for.
#[derive(Debug)]
pub(super) struct Search {
    root: Relative,
    since_ms: u64,
    limit: usize,
}

impl Search {
    pub(super) fn parse(query: &Query<'_>) -> Result<Self, Refusal> {
        let since_ms = query.number("since_ms")?;
        Ok(Self {
            root: Relative::parse(&query.get("root")?.unwrap_or_default())?,
            since_ms: since_ms
                .ok_or_else(|| Refusal::new(ErrorCode::Invalid, "since_ms is missing"))?,
            limit: query
                .number("limit")?
                .unwrap_or(DEFAULT_LIMIT)
                .min(MAX_LIMIT),
        })
    }
}

/// Walks level by level, so that a bound is met in the depths and not at the top.
pub(super) fn find(root: &Root, search: &Search) -> Result<Changed, Refusal> {
    let mut walk = Walk {
        root,
        search,
        found: Vec::new(),
        queue: VecDeque::new(),
        seen: 0,
        truncated: false,
    };
    // The folder asked about must be there; those below may vanish while we walk.
    walk.folder(&search.root, 0)?;
    while let Some((path, depth)) = walk.queue.pop_front() {
        let _ = reached(|| root.open_up(&path), || walk.folder(&path, depth));
    }
    let Walk {
        mut found,
        mut truncated,
        ..
    } = walk;
    found.sort_by(|(left_time, left), (right_time, right)| {
        right_time
            .cmp(left_time)
            .then_with(|| left.path.cmp(&right.path))
    });
    truncated |= found.len() > search.limit;
    found.truncate(search.limit);
    Ok(Changed {
        entries: found.into_iter().map(|(_, entry)| entry).collect(),
        truncated,
    })
}

struct Walk<'a> {
    root: &'a Root,
    search: &'a Search,
    /// With the time of the change, which is later than the modification when a file was moved here.
    found: Vec<(u64, Entry)>,
    queue: VecDeque<(Relative, usize)>,
    seen: usize,
    truncated: bool,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Relative, depth: usize) -> Result<(), Refusal> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for raw in entry::read_folder(self.root, path)? {
            if self.seen >= MAX_SEEN {
                self.truncated = true;
                break;
            }
            self.seen += 1;
            let raw = raw?;
            let name = entry::name_of(&raw);
            if name == ENVIRONMENT_MARK && depth > 0 {
                return Ok(());
            }
            match raw.file_type() {
                Some(Type::File) if !name.starts_with('.') => files.push(path.join(&name)),
                Some(Type::Directory) if !self.skips(path, &name) => folders.push(path.join(&name)),
                _ => {}
            }
        }
        for path in &files {
            self.file(path);
        }
        if depth < MAX_DEPTH {
            self.queue
                .extend(folders.into_iter().map(|path| (path, depth + 1)));
        } else {
            self.truncated |= !folders.is_empty();
        }
        Ok(())
    }

    fn file(&mut self, path: &Relative) {
        // What vanished in between did not change.
        let opened = self.root.open_at(path, OFlag::O_PATH | OFlag::O_NOFOLLOW);
        let Ok(stat) = opened.and_then(fstat) else {
            return;
        };
        let changed = entry::millis(stat.st_mtime, stat.st_mtime_nsec)
            .max(entry::millis(stat.st_ctime, stat.st_ctime_nsec));
        if entry::kind(&stat) == EntryKind::File && changed >= self.search.since_ms {
            self.found.push((changed, entry::entry(path, &stat)));
        }
    }

    /// Agents keep their own folders at the top of the workspace; a search is in one of them or in none.
    fn skips(&self, above: &Relative, name: &str) -> bool {
        name.starts_with('.')
            || SKIPPED.contains(&name)
            || (above.is_root() && self.search.root.is_root() && name.starts_with("agent-"))
    }
}
