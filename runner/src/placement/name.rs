//! A runner's name, which belongs to its disk: where the name stays the same, the files of its workspaces are there.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// In the data folder.
const FILE: &str = "runner-name";
/// Characters of the longest label that goes into a name.
const LABEL: usize = 40;

/// The name could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// The file cannot be read or written.
    #[error("{}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The file holds something else.
    #[error("{} does not hold a runner's name; remove the file only together with the workspaces on this disk", .0.display())]
    Unreadable(PathBuf),
}

/// The name of the runner whose data folder this is: kept there, and made with the first start. `label` is for people, such as the
/// machine's name; `fresh` makes the name a new one where the machine has been made anew. The caller holds the folder's lock.
pub fn runner_name(data: &Path, label: &str, fresh: Uuid) -> Result<String, NameError> {
    let path = data.join(FILE);
    let failed = |error| NameError::Io(path.clone(), error);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let name = text.trim_end();
            let known = is_name(name).then(|| name.to_owned());
            known.ok_or_else(|| NameError::Unreadable(path.clone()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = compose(label, fresh);
            keep(data, &path, &name).map_err(failed)?;
            Ok(name)
        }
        Err(error) => Err(failed(error)),
    }
}

fn compose(label: &str, fresh: Uuid) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let label: String = label.chars().filter(fits).take(LABEL).collect();
    let label = label.trim_matches('-');
    let label = if label.is_empty() { "runner" } else { label };
    format!("{label}-{}", fresh.simple())
}

/// What may stand in a subscription's name and filter.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=100).contains(&name.len()) && name.chars().all(fits)
}

/// Whole or not at all: half a name would be another runner's.
fn keep(data: &Path, path: &Path, name: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{name}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(data)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_once_and_stays_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = runner_name(folder.path(), "vm-1.internal", Uuid::from_u128(1)).unwrap();
        assert_eq!(first, "vm-1internal-00000000000000000000000000000001");
        let again = runner_name(folder.path(), "vm-2", Uuid::from_u128(2)).unwrap();
        assert_eq!(again, first);
        let other = tempfile::tempdir().unwrap();
        let anew = runner_name(other.path(), "", Uuid::from_u128(2)).unwrap();
        assert!(anew.starts_with("runner-"), "{anew}");
        assert_ne!(anew, first);
    }

    #[test]
    fn what_is_no_name_is_not_made_one() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "a b", "../x", "a\nb"] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let name = runner_name(folder.path(), "vm", Uuid::nil());
            assert!(matches!(name, Err(NameError::Unreadable(_))), "{text:?}");
        }
    }
}
