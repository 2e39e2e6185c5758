//! Where the two meet: a socket in a folder of one account alone.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use tokio::net::{UnixListener, UnixStream};

/// The socket of the installation whose data folder this is. Gateway and runner share the folder.
pub fn path_in(data: &Path) -> PathBuf {
    data.join("control").join("gateway.sock")
}

/// Listens at `path`, in place of a socket left by a process that is gone. The folder is made where it is missing.
///
/// # Errors
/// When another gateway listens there, or somebody else could reach the folder.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let found = fs::metadata(folder)?;
    if found.uid() != geteuid().as_raw() || found.mode() & 0o077 != 0 {
        return Err(refused(
            io::ErrorKind::PermissionDenied,
            "others may reach its folder, which must be this account's alone (mode 0700)",
        ));
    }
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            let why = "something that is no socket is in its place";
            return Err(refused(io::ErrorKind::AlreadyExists, why));
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            return Err(refused(
                io::ErrorKind::AddrInUse,
                "another gateway listens there",
            ));
        }
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

fn refused(kind: io::ErrorKind, why: &str) -> io::Error {
    io::Error::new(kind, why)
}

/// Whether the other end may say what is granted: a process of this account or of root, whom the folder's mode lets in and nobody else. A runner is
/// root where it reads workspaces' volumes; a workspace's processes do not see the folder.
pub(crate) fn is_let_in(stream: &UnixStream) -> bool {
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == geteuid().as_raw() || peer.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_is_for_one_account_and_one_gateway() {
        let data = tempfile::tempdir().unwrap();
        let path = path_in(data.path());
        let first = listen(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(listen(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(first);
        drop(listen(&path).unwrap());
        fs::set_permissions(path.parent().unwrap(), Permissions::from_mode(0o750)).unwrap();
        assert_eq!(
            listen(&path).unwrap_err().kind(),
            io::ErrorKind::PermissionDenied
        );
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        let path = path_in(data.path());
        drop(listen(&path).unwrap());
        fs::remove_file(&path).unwrap();
        fs::write(&path, "precious").unwrap();
        assert_eq!(
            listen(&path).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}
