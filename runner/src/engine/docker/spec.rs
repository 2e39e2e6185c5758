//! What a workspace's container is made of: a pure function of settings, image and user.
//!
//! Each limit here is one that `docs/adr/0002` and `docs/adr/0004` count on; none can be changed by a caller.

use std::collections::HashMap;
use std::fmt::Write as _;

use berth_domain::ids::UserId;
use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
    ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::DockerConfig;

/// Which installation of Berth a container or volume belongs to.
pub(super) const INSTALLATION: &str = "berth.installation";
/// Whose it is.
pub(super) const USER: &str = "berth.user";
/// What it was made from, so that a container of yesterday's image or limits is recognised.
pub(super) const SPEC: &str = "berth.spec";

/// Seconds the supervisor gets to end everything; it takes 3 s at most.
pub(super) const STOP_SECONDS: i32 = 5;

/// Scratch space. It counts as memory, so that more would only let a download end processes.
const TMPFS: &str = "rw,nosuid,nodev,mode=1777,size=256m";

/// The socket folder, inside. The image closes the one above to everybody but root: the folder itself is the host
/// user's, who on a machine of one person has the very number of the chat's processes here.
const SOCKETS: &str = "/run/berth/sockets";

/// The container's name.
pub(super) fn name(config: &DockerConfig, user: UserId) -> String {
    format!("{}-{user}", config.container_prefix)
}

/// Everything about the user's container; `image_id` is what the image's name stands for at the moment.
pub(super) fn container(
    config: &DockerConfig,
    image_id: &str,
    user: UserId,
) -> ContainerCreateBody {
    let mut body = ContainerCreateBody {
        hostname: Some("berth".to_owned()),
        image: Some(image_id.to_owned()),
        cmd: Some(vec!["--sockets".to_owned(), SOCKETS.to_owned()]),
        // Root without capabilities but three; its group is the host's, so that both sides reach the sockets.
        user: Some(format!("0:{}", config.host_gid)),
        labels: Some(labels(config, user)),
        stop_signal: Some("SIGTERM".to_owned()),
        stop_timeout: Some(i64::from(STOP_SECONDS)),
        host_config: Some(host(config, user)),
        ..ContainerCreateBody::default()
    };
    let spec = fingerprint(&body);
    if let Some(labels) = &mut body.labels {
        labels.insert(SPEC.to_owned(), spec);
    }
    body
}

/// The [`SPEC`] label of a container of this shape.
pub(super) fn spec_of(body: &ContainerCreateBody) -> Option<&String> {
    body.labels.as_ref()?.get(SPEC)
}

fn labels(config: &DockerConfig, user: UserId) -> HashMap<String, String> {
    HashMap::from([
        (INSTALLATION.to_owned(), config.installation.clone()),
        (USER.to_owned(), user.to_string()),
    ])
}

fn host(config: &DockerConfig, user: UserId) -> HostConfig {
    let texts = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect());
    HostConfig {
        network_mode: Some("none".to_owned()),
        mounts: Some(mounts(config, user)),
        readonly_rootfs: Some(true),
        tmpfs: Some(HashMap::from([("/tmp".to_owned(), TMPFS.to_owned())])),
        cap_drop: texts(&["ALL"]),
        // To start processes as the user, and to end them.
        cap_add: texts(&["SETUID", "SETGID", "KILL"]),
        security_opt: Some(vec![
            "no-new-privileges".to_owned(),
            format!("seccomp={}", config.seccomp),
        ]),
        privileged: Some(false),
        ipc_mode: Some("private".to_owned()),
        memory: Some(config.memory_bytes),
        // The same: no swap.
        memory_swap: Some(config.memory_bytes),
        nano_cpus: Some(config.nano_cpus()),
        pids_limit: Some(config.pids),
        ulimits: Some(vec![ulimit("nofile", 4096, 8192), ulimit("core", 0, 0)]),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), "1m".to_owned()),
                ("max-file".to_owned(), "2".to_owned()),
            ])),
        }),
        // We start what somebody needs.
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        // The supervisor reaps.
        init: Some(false),
        runtime: config.runtime.clone(),
        ..HostConfig::default()
    }
}

fn mounts(config: &DockerConfig, user: UserId) -> Vec<Mount> {
    let volume = |part: &str, target: &str| Mount {
        typ: Some(MountType::VOLUME),
        source: Some(format!("{}-{part}", name(config, user))),
        target: Some(target.to_owned()),
        volume_options: Some(MountVolumeOptions {
            labels: Some(labels(config, user)),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    };
    // The folder, not the sockets in it: either side may make its own anew.
    let sockets = Mount {
        typ: Some(MountType::BIND),
        source: Some(config.sockets(user).to_string_lossy().into_owned()),
        target: Some(SOCKETS.to_owned()),
        ..Mount::default()
    };
    vec![
        volume("files", super::WORKSPACE),
        volume("home", super::HOME),
        volume("agents", super::AGENT_HOMES),
        sockets,
    ]
}

fn ulimit(name: &str, soft: i64, hard: i64) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(soft),
        hard: Some(hard),
    }
}

/// A hash of everything in `body`, the same in every process.
fn fingerprint(body: &ContainerCreateBody) -> String {
    let mut text = String::new();
    // A body of texts, numbers and maps with text keys always has a JSON form.
    write_sorted(&serde_json::to_value(body).unwrap_or_default(), &mut text);
    let hash = Sha256::digest(text);
    hash.iter().take(16).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// JSON with sorted keys: maps of the body come in another order each time.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in entries {
                let _ = write!(out, "{key:?}:");
                write_sorted(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(values) => {
            out.push('[');
            for value in values {
                write_sorted(value, out);
                out.push(',');
            }
            out.push(']');
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn config() -> DockerConfig {
        DockerConfig {
            docker_host: None,
            image: "berth-workspace:latest".to_owned(),
            installation: "test".to_owned(),
            container_prefix: "workspace".to_owned(),
            sockets_root: PathBuf::from("/data/sockets"),
            memory_bytes: 1 << 30,
            cpus: 1.0,
            pids: 512,
            runtime: None,
            seccomp: "{}".to_owned(),
            host_gid: 33,
        }
    }

    fn user(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn the_same_settings_give_the_same_fingerprint_and_others_another() {
        let spec = |config: &DockerConfig, image: &str| {
            let body = container(config, image, user(1));
            spec_of(&body).cloned().expect("a fingerprint")
        };
        let first = spec(&config(), "sha256:a");
        for _ in 0..20 {
            assert_eq!(spec(&config(), "sha256:a"), first);
        }
        assert_ne!(spec(&config(), "sha256:b"), first);
        let smaller = DockerConfig {
            memory_bytes: 1 << 29,
            ..config()
        };
        assert_ne!(spec(&smaller, "sha256:a"), first);
        let other_filter = DockerConfig {
            seccomp: r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#.to_owned(),
            ..config()
        };
        assert_ne!(spec(&other_filter, "sha256:a"), first);
    }

    #[test]
    fn only_the_users_own_places_are_mounted() {
        let body = container(&config(), "sha256:a", user(0xabc));
        let mounts = body
            .host_config
            .and_then(|host| host.mounts)
            .expect("mounts");
        let sources: Vec<_> = mounts
            .into_iter()
            .filter_map(|mount| mount.source)
            .collect();
        let id = "00000000-0000-0000-0000-000000000abc";
        let expected = [
            format!("workspace-{id}-files"),
            format!("workspace-{id}-home"),
            format!("workspace-{id}-agents"),
            format!("/data/sockets/{id}"),
        ];
        assert_eq!(sources, expected);
    }
}
