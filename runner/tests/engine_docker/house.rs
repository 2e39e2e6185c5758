//! A user's container in which agents and the chat work side by side.

use std::sync::Arc;

use berth_domain::ids::AgentId;
use berth_domain::ports::workspaces::{ByteStream, Workspaces as _};
use berth_runner::engine::{DockerEngine, Engine as _};
use berth_runner::workspace::{Account, AgentSeat, Berth, Workspaces, WorkspacesConfig};
use berth_supervisor_protocol::{ProcessId, ProcessSpec};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use crate::bench::{Bench, needed};
use crate::support::{MovedClock, OpenGateways};

/// A user's container with two agents and the chat.
pub(crate) struct House {
    pub(crate) bench: Bench,
    engine: Arc<DockerEngine>,
    pub(crate) workspaces: Workspaces,
    pub(crate) berth: Berth,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_in(Bench::new()).await
    }

    pub(crate) async fn open_in(bench: Bench) -> Self {
        let engine = Arc::new(bench.engine());
        let workspaces = Workspaces::new(
            engine.clone(),
            Arc::new(OpenGateways::default()),
            Arc::new(MovedClock::default()),
            WorkspacesConfig::default(),
        );
        let berth = workspaces.acquire(bench.user).await.expect("a berth");
        Self {
            bench,
            engine,
            workspaces,
            berth,
        }
    }

    /// Stops the container and starts it again: the same one, or another, as after a change of image.
    pub(crate) async fn restart(mut self, anew: bool) -> Self {
        if anew {
            needed(self.engine.remove(self.bench.user).await);
        } else {
            needed(self.engine.stop(self.bench.user).await);
        }
        self.berth.lost();
        self.berth = self.workspaces.acquire(self.bench.user).await.expect("up");
        self
    }

    pub(crate) fn agent(&self, number: u32) -> Account {
        let id = AgentId(Uuid::from_u128(u128::from(number)));
        self.berth.account(Some(AgentSeat { id, number }))
    }

    pub(crate) fn chat(&self) -> Account {
        self.berth.account(None)
    }

    pub(crate) async fn start(&self, account: &Account, id: &str, argv: &[&str]) -> ProcessSpec {
        let spec = spec(account, id, argv);
        self.berth.client().start(&spec).await.expect("a process");
        spec
    }

    /// What a Bash script prints, errors among it.
    pub(crate) async fn says(&self, account: &Account, script: &str) -> String {
        let id = format!("says-{}", script.len());
        let script = format!("exec 2>&1\n{script}");
        self.whole(account, &id, &["/bin/bash", "-c", &script])
            .await
    }

    pub(crate) async fn python(&self, account: &Account, code: &str) -> String {
        self.whole(account, "python", &["python3", "-c", code])
            .await
    }

    pub(crate) async fn whole(&self, account: &Account, id: &str, argv: &[&str]) -> String {
        let spec = self.start(account, id, argv).await;
        let client = self.berth.client();
        let stdout = client.stdout(&spec.id, 0).await.expect("its output");
        let text = stdout.read_whole(1 << 20).await.expect("all of it");
        let text = String::from_utf8(text.into()).expect("text");
        let ended = client.wait(&spec.id).await.expect("an answer");
        let stderr = ended.expect("kept").stderr_tail;
        client.remove(&spec.id).await.expect("removed");
        text + &stderr
    }

    /// A process that waits, and its number.
    pub(crate) async fn sleeper(&self, account: &Account, id: &str) -> i32 {
        let spec = spec(account, id, &["sleep", "600"]);
        let started = self.berth.client().start(&spec).await.expect("a process");
        started.process.pid
    }

    pub(crate) async fn is_running(&self, id: &str) -> bool {
        let id = ProcessId::new(id).expect("an id");
        let process = self.berth.client().process(&id).await.expect("an answer");
        process.is_some_and(|process| process.is_running())
    }

    pub(crate) async fn read(&self, path: &str) -> String {
        let file = self.workspaces.read(self.bench.user, path, None).await;
        let bytes: Vec<Bytes> = file
            .expect("a file")
            .bytes
            .try_collect()
            .await
            .expect("all of it");
        String::from_utf8(bytes.concat()).expect("text")
    }

    pub(crate) async fn write(&self, path: &str, text: &'static str) {
        let body: ByteStream = stream::iter([Ok(Bytes::from(text))]).boxed();
        let written = self
            .workspaces
            .write(self.bench.user, path, None, body)
            .await;
        written.expect("written");
    }
}

pub(crate) fn spec(account: &Account, id: &str, argv: &[&str]) -> ProcessSpec {
    let id = ProcessId::new(id).expect("an id");
    let mut spec = ProcessSpec::new(id, argv.iter().copied());
    let (path, home) = ("/usr/local/bin:/usr/bin:/bin", &account.paths.home);
    spec.env.insert("PATH".to_owned(), path.to_owned());
    spec.env.insert("HOME".to_owned(), home.clone());
    let secret = format!("secret-of-{}", account.folder);
    spec.env.insert("SECRET".to_owned(), secret);
    account.put_into(&mut spec);
    spec
}
