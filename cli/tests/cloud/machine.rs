//! A runner's machine, and people who work there through an api.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use berth_domain::ids::UserId;
use berth_fake_model::Model;
use berth_harness::{Socket, end_processes, program};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{Cloud, Role};

/// A runner's machine: its disk, and the gateway beside it with a model of its own.
pub(crate) struct Machine {
    name: &'static str,
    pub(crate) data: TempDir,
    pub(crate) gateway: Role,
}

impl Machine {
    pub(crate) async fn new(cloud: &Cloud, name: &'static str) -> anyhow::Result<Self> {
        Self::told(cloud, name, &[]).await
    }

    /// One whose gateway is told something else here and there.
    pub(crate) async fn told(
        cloud: &Cloud,
        name: &'static str,
        changes: &[(&'static str, &str)],
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let model = format!("http://{}", listener.local_addr()?);
        let scripted = Model::new(berth_fake_model::Options::test());
        tokio::spawn(async move { scripted.serve(listener, std::future::pending()).await });
        let data = tempfile::tempdir()?;
        let mut told = vec![
            ("BERTH_DATA", data.path().to_str().context("a path")?),
            ("BERTH_MODEL_URL", &model),
            ("ANTHROPIC_API_KEY", "the-real-key"),
        ];
        told.extend(changes);
        Ok(Self {
            name,
            gateway: cloud.role("gateway", &told).await?,
            data,
        })
    }

    /// A start of its runner.
    pub(crate) async fn runner(&self, cloud: &Cloud) -> anyhow::Result<Role> {
        self.runner_told(cloud, &[]).await
    }

    /// A start of its runner that is told something else here and there.
    pub(crate) async fn runner_told(
        &self,
        cloud: &Cloud,
        changes: &[(&'static str, &str)],
    ) -> anyhow::Result<Role> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let supervisor = text(program("berth-supervisor"));
        let claude = text(program("berth-fake-cli"));
        let mut told = vec![
            ("BERTH_DATA", self.data.path().to_str().context("a path")?),
            ("BERTH_ENGINE", "process"),
            ("BERTH_SUPERVISOR", &supervisor),
            ("BERTH_CLAUDE", &claude),
            ("BERTH_RUNNER_NAME", self.name),
        ];
        told.extend(changes);
        cloud.role("runner", &told).await
    }
}

/// The machine goes, with everything on it.
impl Drop for Machine {
    fn drop(&mut self) {
        end_processes(self.data.path());
    }
}

/// Somebody who is signed in, with a token for sockets.
pub(crate) struct Person {
    pub(crate) session: String,
    pub(crate) id: UserId,
    token: String,
}

impl Person {
    pub(crate) async fn sign_in(cloud: &Cloud, api: &Role) -> anyhow::Result<Self> {
        let session = cloud.sign_in(api).await?;
        let name = json!({"name": "test"});
        let made = api.post_as("/api/tokens", &session, &name).await?;
        let made: Value = made.json().await?;
        let profile = api.get_as("/api/user/profile", &session).await?;
        let profile: Value = profile.json().await?;
        Ok(Self {
            token: made["token"].as_str().context("a token")?.to_owned(),
            id: profile["id"].as_str().context("an id")?.parse()?,
            session,
        })
    }

    pub(crate) async fn get(&self, api: &Role, path: &str) -> anyhow::Result<Value> {
        let answer = api.get_as(path, &self.session).await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// A socket at this api.
    pub(crate) async fn socket(&self, api: &Role) -> anyhow::Result<Socket> {
        self.socket_at(api.address()).await
    }

    /// A socket at `HOST:PORT`.
    pub(crate) async fn socket_at(&self, address: &str) -> anyhow::Result<Socket> {
        Socket::connect(address, &self.token).await
    }

    /// The events of a conversation, which must be numbered densely and hold one end a run.
    pub(crate) async fn checked_events(
        &self,
        api: &Role,
        conversation: &str,
    ) -> anyhow::Result<Vec<Value>> {
        let path = format!("/api/conversations/{conversation}/events?limit=500");
        let page = self.get(api, &path).await?;
        let events = page["items"].as_array().context("a list")?.clone();
        let mut ended = std::collections::BTreeSet::new();
        for (number, event) in (1_u64..).zip(&events) {
            ensure!(event["seq"] == number, "{number} is {event}");
            let run = event["run_id"].to_string();
            ensure!(!ended.contains(&run), "after the end of its run: {event}");
            if event["event"]["kind"] == "finished" {
                ended.insert(run);
            }
        }
        Ok(events)
    }
}
