//! From a check's path to the file it means.

use berth_domain::done::MAX_READ;
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{FileEntry, WorkspaceError, WorkspaceErrorKind, Workspaces};
use futures::TryStreamExt as _;

use super::judge::{Content, Found, Place};

/// What a path begins with that is meant from the workspace's root.
const ROOT: &str = "/workspace/";

/// Finds the file and, where it is wanted, reads it.
pub(super) async fn find(
    workspaces: &dyn Workspaces,
    user: UserId,
    folder: &str,
    path: &str,
    reads: bool,
) -> Place {
    let path = whole(folder, path);
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let listing = match workspaces.list(user, parent).await {
        Ok(listing) => listing,
        Err(error) => return place_of(&error),
    };
    let Some(entry) = newest(&listing.entries, name) else {
        // What a listing leaves out may be the file.
        return if listing.truncated {
            Place::Unknown
        } else {
            Place::Missing
        };
    };
    let found = if parent.is_empty() {
        entry.name.clone()
    } else {
        format!("{parent}/{}", entry.name)
    };
    let content = if reads {
        read(workspaces, user, &found, entry.size).await
    } else {
        Content::NotRead
    };
    Place::File(Found {
        name: entry.name.clone(),
        size: entry.size,
        modified_at: entry.modified_at,
        content,
    })
}

fn place_of(error: &WorkspaceError) -> Place {
    match error.kind {
        WorkspaceErrorKind::NotFound | WorkspaceErrorKind::WrongKind => Place::Missing,
        _ => {
            tracing::warn!(%error, "a folder could not be listed for a check");
            Place::Unknown
        }
    }
}

/// Relative to the workspace.
fn whole(folder: &str, path: &str) -> String {
    match path.strip_prefix(ROOT) {
        Some(path) => path.to_owned(),
        None => format!("{folder}/{path}"),
    }
}

/// The newest file whose name fits.
fn newest<'a>(entries: &'a [FileEntry], pattern: &str) -> Option<&'a FileEntry> {
    entries
        .iter()
        .filter(|entry| !entry.is_directory && fits(&entry.name, pattern))
        .max_by(|a, b| {
            let order = a.modified_at.cmp(&b.modified_at);
            // Of two as new as each other always the same.
            order.then_with(|| b.name.cmp(&a.name))
        })
}

/// Whether a name fits a pattern in which each `*` stands for any text.
fn fits(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let Some(mut name) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(last)
}

async fn read(workspaces: &dyn Workspaces, user: UserId, path: &str, size: u64) -> Content {
    if size > MAX_READ {
        return Content::TooLarge;
    }
    let unreadable = |error: WorkspaceError| {
        tracing::warn!(%error, "a file could not be read for a check");
        Content::Unreadable
    };
    let file = match workspaces.read(user, path, None).await {
        Ok(file) => file,
        Err(error) => return unreadable(error),
    };
    let mut bytes = Vec::new();
    let mut pieces = file.bytes;
    loop {
        match pieces.try_next().await {
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => return Content::Bytes(bytes),
            Err(error) => return unreadable(error),
        }
        // It may grow while it is read.
        if bytes.len() as u64 > MAX_READ {
            return Content::TooLarge;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn paths_are_the_agents_unless_they_say_otherwise() {
        assert_eq!(whole("agent-1", "charts/*.png"), "agent-1/charts/*.png");
        assert_eq!(whole("agent-1", "/workspace/sales.csv"), "sales.csv");
    }

    #[test]
    fn a_star_is_any_text() {
        for (name, pattern) in [
            ("report.csv", "report.csv"),
            ("report-2025.csv", "report*.csv"),
            ("report.csv", "*"),
            ("a-b-c.x", "a*b*.x"),
            ("매출.csv", "*.csv"),
            ("aa", "a*a"),
        ] {
            assert!(fits(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [
            ("a", "a*a"),
            ("report.csv.bak", "*.csv"),
            ("Report.csv", "report*"),
        ] {
            assert!(!fits(name, pattern), "{name} {pattern}");
        }
    }

    #[test]
    fn the_newest_file_is_meant() {
        let entry = |name: &str, second: i64, is_directory| FileEntry {
            name: name.to_owned(),
            is_directory,
            size: 1,
            modified_at: Timestamp::from_second(second).expect("a time"),
        };
        let entries = [
            entry("a.csv", 1, false),
            entry("b.csv", 3, false),
            entry("folder.csv", 9, true),
            entry("c.csv", 3, false),
        ];
        let found = newest(&entries, "*.csv").map(|entry| entry.name.as_str());
        assert_eq!(found, Some("b.csv"));
        assert!(newest(&entries, "d*").is_none());
    }
}
