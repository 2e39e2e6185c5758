//! Who may connect.

use berth_supervisor_protocol::ErrorCode;
use std::os::unix::fs::PermissionsExt as _;

use crate::harness::Supervisor;

#[tokio::test]
async fn a_neighbour_in_the_same_namespace_is_refused() {
    // Nobody is trusted by user here, and our own number is not 0.
    let supervisor = Supervisor::start_with("sockets", &[]).await;
    let refused = supervisor.client.processes().await.expect_err("refused");
    assert_eq!(refused.code(), Some(ErrorCode::Denied));
    let refused = supervisor.client.list("").await.expect_err("refused");
    assert_eq!(refused.code(), Some(ErrorCode::Denied));
}

#[tokio::test]
async fn sockets_are_closed_to_others() {
    let supervisor = Supervisor::start().await;
    for name in ["supervisor.sock", "files.sock"] {
        let mode = std::fs::metadata(supervisor.sockets.join(name))
            .expect("a socket")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o660, "{name}");
    }
}

#[tokio::test]
async fn sockets_of_an_earlier_start_are_replaced_and_a_killed_file_server_comes_back() {
    let supervisor = Supervisor::start().await;
    supervisor.client.list("").await.expect("files");
    let children = std::fs::read_dir("/proc")
        .expect("processes")
        .flatten()
        .filter_map(|entry| {
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            let workspace = supervisor.workspace.to_str()?.as_bytes();
            let ours = command
                .windows(workspace.len())
                .any(|part| part == workspace);
            let files = command.split(|&byte| byte == 0).nth(1) == Some(b"files");
            (ours && files).then(|| entry.file_name().to_str()?.parse::<i32>().ok())?
        });
    let server = children.last().expect("a file server");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(server),
        nix::sys::signal::Signal::SIGKILL,
    )
    .expect("killed");
    crate::harness::eventually("it is back", async || {
        supervisor.client.list("").await.is_ok()
    })
    .await;
}
