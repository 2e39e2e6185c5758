//! Folders that are there before a process starts.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use berth_supervisor_protocol::{ErrorCode, Folder, ProcessSpec};

use crate::harness::{Supervisor, shell};

fn mode(path: &Path) -> u32 {
    let meta = std::fs::symlink_metadata(path).expect("it is there");
    meta.permissions().mode() & 0o777
}

fn wanting(name: &str, folders: Vec<Folder>) -> ProcessSpec {
    let mut spec = shell(name, "pwd");
    spec.folders = folders;
    spec
}

#[tokio::test]
async fn folders_are_made_in_order_and_those_that_are_there_are_taken() {
    let supervisor = Supervisor::start().await;
    let path = |name: &str| supervisor.workspace.join(name);
    let text = |name: &str| path(name).to_str().expect("UTF-8").to_owned();
    std::fs::create_dir(path("open")).expect("made");
    for name in ["first", "second"] {
        let mut spec = wanting(
            name,
            vec![
                Folder::shared(text("shared")),
                Folder::private(text("shared/private")),
                Folder::private(text("open")),
            ],
        );
        spec.cwd = text("shared/private");
        supervisor.start_process(&spec).await;
        let printed = supervisor.whole_stdout(&spec.id).await;
        assert_eq!(printed.trim(), spec.cwd);
        let modes = ["shared", "shared/private", "open"].map(|name| mode(&path(name)));
        assert_eq!(modes, [0o775, 0o700, 0o700]);
    }
}

#[tokio::test]
async fn what_is_no_folder_or_not_where_it_seems_is_refused() {
    let supervisor = Supervisor::start().await;
    let path = |name: &str| supervisor.workspace.join(name);
    let text = |name: &str| path(name).to_str().expect("UTF-8").to_owned();
    std::fs::write(path("file"), "").expect("written");
    std::fs::create_dir(path("there")).expect("made");
    symlink("there", path("link")).expect("a link");
    for name in ["file", "link", "nowhere/below"] {
        for folder in [Folder::shared(text(name)), Folder::private(text(name))] {
            let spec = wanting("p", vec![folder]);
            let error = supervisor.client.start(&spec).await.expect_err("refused");
            assert_eq!(error.code(), Some(ErrorCode::StartFailed), "{name}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    assert_ne!(mode(&path("there")), 0o700, "not closed through the link");
    let crooked = ["/", "relative", "/a/../b", "/a//b", "/a/", "/a\0b"];
    for folder in crooked.map(Folder::shared) {
        let spec = wanting("p", vec![folder.clone()]);
        let error = supervisor.client.start(&spec).await.expect_err("refused");
        assert_eq!(error.code(), Some(ErrorCode::Invalid), "{folder:?}");
    }
    let many = (0..9).map(|number| Folder::shared(text(&number.to_string())));
    let error = supervisor.client.start(&wanting("p", many.collect())).await;
    assert_eq!(error.expect_err("refused").code(), Some(ErrorCode::Invalid));
}

#[tokio::test]
async fn the_supervisors_own_user_is_not_ended() {
    let supervisor = Supervisor::start().await;
    let own = nix::unistd::geteuid().as_raw();
    let error = supervisor.client.end_user(own).await.expect_err("refused");
    assert_eq!(error.code(), Some(ErrorCode::Invalid));
    // Nobody runs as that one.
    let nobody = supervisor.client.end_user(4_000_000_000).await;
    nobody.expect("nothing to do");
}
