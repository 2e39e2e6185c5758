//! A supervisor of before: it does not take the message with the start of a process, and so does not answer that it has.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_runner::engine::{
    AgentAccount, ContainerState, Engine, EngineError, LocalEngine, Started, Tree, WorkspacePaths,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{UnixListener, UnixStream};

use crate::rig::Rig;

/// The field of a request to start a process, and one as long that nobody knows.
const FIELD: &[u8] = b"\"input\":{\"key\"";
const UNKNOWN: &[u8] = b"\"later\":{\"key\"";

/// An engine whose supervisors are asked through a wire on which the field is changed.
#[derive(Debug)]
pub(crate) struct Old(pub(crate) Arc<LocalEngine>, pub(crate) Arc<AtomicUsize>);

#[async_trait]
impl Engine for Old {
    async fn start(&self, user: UserId) -> Result<Started, EngineError> {
        let started = self.0.start(user).await?;
        let sockets = started.sockets.join("old");
        if !sockets.exists() {
            std::fs::create_dir(&sockets).unwrap();
            let listener = UnixListener::bind(sockets.join("supervisor.sock")).unwrap();
            let (new, changed) = (started.sockets.join("supervisor.sock"), self.1.clone());
            tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(pass(client, new.clone(), changed.clone()));
                }
            });
        }
        Ok(Started { sockets, ..started })
    }

    async fn stop(&self, user: UserId) -> Result<(), EngineError> {
        self.0.stop(user).await
    }

    async fn remove(&self, user: UserId) -> Result<(), EngineError> {
        self.0.remove(user).await
    }

    async fn state(&self, user: UserId) -> Result<ContainerState, EngineError> {
        self.0.state(user).await
    }

    async fn running(&self) -> Result<Vec<UserId>, EngineError> {
        self.0.running().await
    }

    async fn trees(&self, user: UserId) -> Result<Vec<Tree>, EngineError> {
        self.0.trees(user).await
    }

    fn accounts(&self) -> Option<RangeInclusive<u32>> {
        self.0.accounts()
    }

    fn process_user(&self) -> Option<(u32, u32)> {
        self.0.process_user()
    }

    fn agent(&self, user: UserId, number: u32) -> AgentAccount {
        self.0.agent(user, number)
    }

    fn paths(&self, user: UserId) -> WorkspacePaths {
        self.0.paths(user)
    }
}

async fn pass(client: UnixStream, to: PathBuf, changed: Arc<AtomicUsize>) {
    // Where it is still starting, whoever asks does so again.
    let Ok(supervisor) = UnixStream::connect(to).await else {
        return;
    };
    let (mut asked, mut answered) = client.into_split();
    let (mut answers, mut asks) = supervisor.into_split();
    let asking = async {
        let mut bytes = vec![0; 1 << 20];
        while let Ok(read @ 1..) = asked.read(&mut bytes).await {
            let seen = &mut bytes[..read];
            let found = seen.windows(FIELD.len()).position(|it| it == FIELD);
            if let Some(at) = found {
                seen[at..at + FIELD.len()].copy_from_slice(UNKNOWN);
                changed.fetch_add(1, Ordering::SeqCst);
            }
            if asks.write_all(seen).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        _ = copy(&mut answers, &mut answered) => {}
    }
}

#[tokio::test]
async fn a_supervisor_that_does_not_take_the_message_with_the_start_is_given_it_after() {
    let rig = Rig::new().await;
    let changed = Arc::new(AtomicUsize::new(0));
    let mut machine = rig.machine("runner-1").with_old_supervisors(&changed);
    rig.start(&mut machine);
    let (answer, conversation) = rig.ask(None, "Hello").await;
    assert!(!answer.is_empty());
    assert_eq!(changed.load(Ordering::SeqCst), 1, "it came with the start");
    let (again, _) = rig.ask(Some(conversation), "Hello again").await;
    assert!(!again.is_empty());
    machine.clean().await;
}
