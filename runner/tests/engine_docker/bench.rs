//! One user with a container, which ends with the test.

use std::os::unix::fs::chown;
use std::path::PathBuf;

use berth_domain::ids::UserId;
use berth_runner::engine::{DockerConfig, DockerEngine, EngineError};
use bollard::Docker;
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    InspectContainerOptions, RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};
use futures::StreamExt as _;
use nix::unistd::{getegid, geteuid};
use tempfile::TempDir;

use crate::support::new_user;

pub(crate) const IMAGE: &str = "berth-workspace:latest";
const SOCKET: &str = "/var/run/docker.sock";

/// One user of an installation of their own; their container and volumes go with the test.
pub(crate) struct Bench {
    pub(crate) user: UserId,
    pub(crate) sockets: TempDir,
    /// The group that Berth has on the host.
    host_gid: u32,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            user: new_user(),
            sockets: tempfile::tempdir().expect("a folder"),
            host_gid: getegid().as_raw(),
        }
    }

    /// On a host where Berth has the numbers of the chat inside, as on most machines of one person. Only root can pretend
    /// to; everybody else is who they are.
    pub(crate) fn with_the_chats_numbers() -> Self {
        let mut bench = Self::new();
        if geteuid().is_root() {
            bench.host_gid = 1000;
            let folder = bench.sockets.path().join(bench.user.to_string());
            std::fs::create_dir(&folder).expect("a folder");
            chown(&folder, Some(1000), Some(1000)).expect("given away");
        }
        bench
    }

    pub(crate) fn config(&self) -> DockerConfig {
        let seccomp = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docker/seccomp.json");
        DockerConfig {
            docker_host: None,
            image: IMAGE.to_owned(),
            container_prefix: "workspace".to_owned(),
            installation: format!("test-{}", self.user),
            sockets_root: self.sockets.path().to_owned(),
            memory_bytes: 1 << 30,
            cpus: 1.0,
            pids: 512,
            runtime: None,
            seccomp: std::fs::read_to_string(seccomp).expect("docker/seccomp.json"),
            host_gid: self.host_gid,
        }
    }

    pub(crate) fn engine(&self) -> DockerEngine {
        DockerEngine::connect(self.config())
    }

    fn name(&self) -> String {
        format!("workspace-{}", self.user)
    }

    /// Runs a command in the container as root, with the supervisor's rights, and waits for its end.
    pub(crate) async fn as_root(&self, command: &[&str]) {
        let docker = docker();
        let options = CreateExecOptions {
            user: Some("0"),
            cmd: Some(command.to_vec()),
            attach_stdout: Some(true),
            ..CreateExecOptions::default()
        };
        let exec = docker.create_exec(&self.name(), options).await;
        let id = exec.expect("a command").id;
        let started = docker.start_exec(&id, None).await.expect("it starts");
        if let StartExecResults::Attached { output, .. } = started {
            output.collect::<Vec<_>>().await;
        }
    }

    pub(crate) async fn inspect(&self) -> ContainerInspectResponse {
        docker()
            .inspect_container(&self.name(), None::<InspectContainerOptions>)
            .await
            .expect("a container")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let name = self.name();
        // A runtime of its own, since the test's cannot be waited for in here.
        let cleaned = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(clean(&name));
        });
        let _ = cleaned.join();
    }
}

async fn clean(name: &str) {
    let docker = docker();
    let force = RemoveContainerOptionsBuilder::new().force(true).build();
    let _ = docker.remove_container(name, Some(force)).await;
    for part in ["files", "home", "agents"] {
        let options = RemoveVolumeOptionsBuilder::new().build();
        let _ = docker
            .remove_volume(&format!("{name}-{part}"), Some(options))
            .await;
    }
}

fn docker() -> Docker {
    let version = bollard::ClientVersion {
        major_version: 1,
        minor_version: 41,
    };
    Docker::connect_with_unix(SOCKET, 60, &version).expect("these tests need a Docker engine")
}

/// The result, or a text that says what this machine lacks.
pub(crate) fn needed<T>(result: Result<T, EngineError>) -> T {
    result.unwrap_or_else(|error| {
        panic!(
            "these tests need a Docker engine with {IMAGE}: {error}: {}",
            error.source
        )
    })
}
