//! One socket a workspace: binding it, and accepting from it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use berth_domain::ports::gateway::SOCKET_NAME;
use nix::fcntl::OFlag;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;

use super::{Context, Workspace, connection};

/// After an accept that failed (out of descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The socket's path through an open descriptor of its folder: short enough for `sockaddr_un` (108 bytes), however deep the
/// folder lies.
fn short_path(dir: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{SOCKET_NAME}", dir.as_raw_fd()))
}

/// Binds `dir/gateway.sock` with mode 0660, in place of a socket left by a process that is gone.
pub(super) fn bind(dir: &Path) -> io::Result<UnixListener> {
    let dir = File::open(dir)?;
    let path = short_path(&dir);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(&path)?,
        Ok(_) => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "something that is no socket is in its place",
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(&path)?;
    restrict(&path)?;
    Ok(listener)
}

/// Sets the mode through a descriptor: the folder is shared with a container, which must not be able to swap the socket for
/// a link to some other file meanwhile.
fn restrict(path: &Path) -> io::Result<()> {
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW;
    let socket = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    if !socket.metadata()?.file_type().is_socket() {
        return Err(io::Error::other(
            "the socket was replaced while it was bound",
        ));
    }
    fs::set_permissions(
        format!("/proc/self/fd/{}", socket.as_raw_fd()),
        Permissions::from_mode(0o660),
    )
}

/// Whether the socket still is where it was bound.
pub(super) fn is_bound(dir: &Path) -> bool {
    fs::symlink_metadata(dir.join(SOCKET_NAME)).is_ok_and(|found| found.file_type().is_socket())
}

/// Removes the socket; one that is gone already is fine.
pub(super) fn unlink(dir: &Path) {
    if let Err(error) = fs::remove_file(dir.join(SOCKET_NAME)) {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "the gateway socket was not removed"
        );
    }
}

/// Accepts until the workspace is closed. A permit is taken before a connection is, so the backlog bounds the rest.
pub(super) async fn serve(context: Arc<Context>, workspace: Arc<Workspace>, socket: UnixListener) {
    let permits = Arc::new(Semaphore::new(context.config.limits.connections));
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (socket.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            next = next => next,
            () = workspace.closed.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (context, workspace) = (Arc::clone(&context), Arc::clone(&workspace));
                let tasks = context.tasks.clone();
                tasks.spawn(async move {
                    let closed = workspace.closed.clone();
                    tokio::select! {
                        () = connection::serve(context, workspace, stream, permit.ok()) => {}
                        () = closed.cancelled() => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, user.id = %workspace.user, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn binds_deep_down_with_mode_0660_and_replaces_a_stale_socket() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("d".repeat(120));
        fs::create_dir(&dir).unwrap();
        drop(bind(&dir).unwrap());
        assert!(is_bound(&dir));
        let _listener = bind(&dir).unwrap();
        assert_eq!(
            fs::metadata(dir.join(SOCKET_NAME))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o660
        );
        unlink(&dir);
        assert!(!is_bound(&dir));
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(SOCKET_NAME), "precious").unwrap();
        assert_eq!(
            bind(dir.path()).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(
            fs::read_to_string(dir.path().join(SOCKET_NAME)).unwrap(),
            "precious"
        );
    }
}
