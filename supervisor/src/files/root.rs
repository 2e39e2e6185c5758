//! Paths, and the only way from a path to a file.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use berth_supervisor_protocol::ErrorCode;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{Mode, mkdirat};

use super::share::Asker;
use crate::answer::Refusal;

/// Longest path taken, in bytes.
pub(super) const MAX_PATH: usize = 4096;
/// Attempts at resolving while something above moves.
const MAX_ATTEMPTS: u32 = 16;

/// A checked path below the workspace: no `..`, not absolute, no NUL. Empty for the workspace itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relative(String);

impl Relative {
    pub(super) fn parse(path: &str) -> Result<Self, Refusal> {
        let refuse = |message: &str| Err(Refusal::new(ErrorCode::Path, message));
        if path.len() > MAX_PATH {
            return refuse("the path is too long");
        }
        if path.contains('\0') {
            return refuse("the path contains a NUL");
        }
        if path.starts_with('/') {
            return refuse("the path is absolute");
        }
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        if parts.contains(&"..") {
            return refuse("the path contains ..");
        }
        Ok(Self(parts.join("/")))
    }

    /// The path of an entry of this folder. Names come from the kernel, so that they hold no slash.
    pub(super) fn join(&self, name: &str) -> Self {
        if self.0.is_empty() {
            Self(name.to_owned())
        } else {
            Self(format!("{}/{name}", self.0))
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last part; empty for the workspace.
    pub(super) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folder it is in and its name there; refused for the workspace, which is in none of ours.
    pub(super) fn split(&self) -> Result<(Self, &str), Refusal> {
        if self.is_root() {
            return Err(Refusal::new(
                ErrorCode::Path,
                "the workspace itself cannot be changed",
            ));
        }
        let (folder, name) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        Ok((Self(folder.to_owned()), name))
    }

    /// Everything on the way from the workspace to it, itself last.
    pub(super) fn way(&self) -> impl Iterator<Item = Self> {
        let ends = self.0.match_indices('/').map(|(end, _)| end);
        ends.chain((!self.is_root()).then_some(self.0.len()))
            .map(|end| Self(self.0[..end].to_owned()))
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

/// The workspace, held open.
#[derive(Debug)]
pub(super) struct Root {
    folder: OwnedFd,
    asker: Option<Asker>,
}

impl Root {
    /// Only as a place to begin from: whoever owns the workspace may have closed it, and everything starts all the same.
    pub(super) fn open(workspace: &Path) -> io::Result<Self> {
        let folder = std::fs::File::options()
            .read(true)
            .custom_flags((OFlag::O_PATH | OFlag::O_DIRECTORY).bits())
            .open(workspace)?;
        Ok(Self {
            folder: folder.into(),
            asker: None,
        })
    }

    /// With somebody to ask for what is closed to us.
    pub(super) fn asking(self, asker: Asker) -> Self {
        Self {
            asker: Some(asker),
            ..self
        }
    }

    pub(super) fn asker(&self) -> Option<&Asker> {
        self.asker.as_ref()
    }

    /// Opens beneath the workspace. The kernel refuses each step that would lead outside, also by a link that changes
    /// in this very moment; relative links that stay inside are followed.
    pub(super) fn open_at(&self, path: &Relative, flags: OFlag) -> Result<OwnedFd, Errno> {
        let path = if path.is_root() { "." } else { path.as_str() };
        let how = OpenHow::new()
            .flags(flags | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        let mut attempt = 0;
        loop {
            attempt += 1;
            match openat2(self.folder.as_fd(), path, how) {
                // A rename somewhere raced with a step upwards through a link; the kernel asks to be asked again.
                Err(Errno::EAGAIN) if attempt < MAX_ATTEMPTS => {}
                result => return result,
            }
        }
    }

    /// A handle on a folder, for calls that take a folder and a name.
    pub(super) fn folder(&self, path: &Relative) -> Result<OwnedFd, Errno> {
        self.open_at(path, OFlag::O_PATH | OFlag::O_DIRECTORY)
    }

    /// [`Root::folder`], made where it is missing.
    pub(super) fn make_folders(&self, path: &Relative) -> Result<OwnedFd, Errno> {
        let mut reached = Relative(String::new());
        let mut folder = self.folder(&reached)?;
        for part in path.parts() {
            reached = reached.join(part);
            folder = match self.folder(&reached) {
                Err(Errno::ENOENT) => {
                    match mkdirat(&folder, part, Mode::from_bits_truncate(0o777)) {
                        // Somebody else made it in between, or a link leads nowhere: opening tells.
                        Ok(()) | Err(Errno::EEXIST) => {}
                        Err(error) => return Err(error),
                    }
                    self.folder(&reached)?
                }
                result => result?,
            };
        }
        Ok(folder)
    }
}

/// A path for calls that know no folder handles: through the handle, to one name in it.
pub(super) fn through(folder: &OwnedFd, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_brought_to_one_spelling() {
        for (given, kept) in [
            ("", ""),
            (".", ""),
            ("a//b/./c/", "a/b/c"),
            ("a/...", "a/..."),
        ] {
            assert_eq!(Relative::parse(given).expect("a path").as_str(), kept);
        }
        assert_eq!(
            Relative::parse("a/b")
                .expect("a path")
                .split()
                .expect("parts")
                .1,
            "b"
        );
    }

    #[test]
    fn the_way_to_a_path_ends_with_it() {
        let path = Relative::parse("a/bc/d").expect("a path");
        let way: Vec<_> = path.way().map(|reached| reached.0).collect();
        assert_eq!(way, ["a", "a/bc", "a/bc/d"]);
        assert_eq!(Relative(String::new()).way().count(), 0);
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in [
            "/etc/passwd",
            "..",
            "a/../..",
            "a/..",
            "a\0b",
            &"x/".repeat(2500),
        ] {
            let refused = Relative::parse(path).expect_err("must be refused");
            assert_eq!(refused.code(), ErrorCode::Path, "{path:?}");
        }
    }
}
