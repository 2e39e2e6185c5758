//! A runner's workspaces, seen through the link.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod homes;
mod memory;

use std::sync::Arc;

use async_trait::async_trait;
use berth_contract::VirtualClock;
use berth_domain::clock::Clock as _;
use berth_domain::event::Delta;
use berth_domain::ids::UserId;
use berth_domain::lease::{RunnerId, TTL};
use berth_domain::ports::live::LiveText as _;
use berth_domain::ports::placements::{Placements as _, Progress};
use berth_domain::ports::workspaces::{
    FileContent, WorkspaceError, WorkspaceErrorKind, WorkspaceState, Workspaces as _,
};
use berth_domain::secret::Secret;
use berth_embedded::{LocalLiveText, SecretKey, Store};
use berth_link::{Gate, Locator, NoPass, Pass, RemoteLiveText, RemoteWorkspaces, Served, router};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use homes::StoredHomes;
use memory::{MemoryWorkspaces, error};

/// A token that both sides know.
#[derive(Debug)]
struct Word(&'static str);

#[async_trait]
impl Gate for Word {
    async fn admits(&self, token: &str) -> bool {
        token == self.0
    }
}

#[async_trait]
impl Pass for Word {
    async fn token(&self) -> Result<Secret, NoPass> {
        Ok(Secret::new(self.0))
    }
}

struct Runner {
    id: RunnerId,
    address: String,
    workspaces: Arc<MemoryWorkspaces>,
    live: Arc<LocalLiveText>,
    homes: Arc<StoredHomes>,
    stop: CancellationToken,
    _stop: DropGuard,
}

struct Net {
    store: Arc<Store>,
    clock: Arc<VirtualClock>,
    _folder: tempfile::TempDir,
}

impl Net {
    fn new() -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("berth.db"), SecretKey::new([1; 32]));
        Self {
            store: Arc::new(store.unwrap()),
            clock: Arc::default(),
            _folder: folder,
        }
    }

    async fn runner(&self, name: &str) -> Runner {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = CancellationToken::new();
        let id = RunnerId {
            name: name.to_owned(),
            incarnation: self.clock.uuid(),
        };
        let homes = StoredHomes::new(id.clone(), self.store.clone(), self.clock.clone());
        let runner = Runner {
            id,
            homes: Arc::new(homes),
            address,
            workspaces: Arc::default(),
            live: Arc::default(),
            _stop: stop.clone().drop_guard(),
            stop,
        };
        let routes = router(Served {
            workspaces: runner.workspaces.clone(),
            live: runner.live.clone(),
            homes: runner.homes.clone(),
            gate: Arc::new(Word("right")),
            stop: runner.stop.clone(),
        });
        let stopped = runner.stop.clone().cancelled_owned();
        tokio::spawn(async move {
            axum::serve(listener, routes)
                .with_graceful_shutdown(stopped)
                .await
        });
        self.register(&runner).await;
        runner
    }

    async fn register(&self, runner: &Runner) {
        let registered = self
            .store
            .register(&runner.id, &runner.address, self.clock.now());
        registered.await.unwrap().unwrap();
    }

    fn locator(&self, word: &'static str) -> Locator {
        let pass = Arc::new(Word(word));
        Locator::new(self.store.clone(), pass, self.clock.clone()).unwrap()
    }

    fn api(&self) -> RemoteWorkspaces {
        RemoteWorkspaces::new(self.locator("right"))
    }

    fn user(&self) -> UserId {
        self.clock.uuid().into()
    }
}

fn bytes(text: &'static str) -> stream::BoxStream<'static, Result<Bytes, WorkspaceError>> {
    stream::iter([Ok(Bytes::from_static(text.as_bytes()))]).boxed()
}

async fn text(file: FileContent) -> String {
    let chunks: Vec<Bytes> = file.bytes.try_collect().await.unwrap();
    String::from_utf8(chunks.concat()).unwrap()
}

#[tokio::test]
async fn files_are_the_runners() {
    let net = Net::new();
    let runner = net.runner("one").await;
    let (api, user) = (net.api(), net.user());
    let first = api
        .write(user, "보고/a b.txt", None, bytes("hello world"))
        .await
        .unwrap();
    assert!(runner.workspaces.has(user, "보고/a b.txt"));
    let read = api
        .read(user, "보고/a b.txt", Some((6, None)))
        .await
        .unwrap();
    assert_eq!((read.size, read.start, read.length), (11, 6, 5));
    assert_eq!(read.etag, first);
    assert_eq!(text(read).await, "world");
    let read = api
        .read(user, "보고/a b.txt", Some((0, Some(4))))
        .await
        .unwrap();
    assert_eq!(text(read).await, "hello");
    let listed = api.list(user, "").await.unwrap();
    assert_eq!(listed.entries.len(), 1);
    assert_eq!(
        listed.entries,
        runner.workspaces.list(user, "").await.unwrap().entries
    );
    let second = api
        .write(user, "보고/a b.txt", Some(&first), bytes("new"))
        .await
        .unwrap();
    let stale = api
        .write(user, "보고/a b.txt", Some(&first), bytes("lost"))
        .await;
    assert_eq!(stale.unwrap_err().kind, WorkspaceErrorKind::Changed);
    assert_ne!(first, second);
    api.mkdir(user, "empty").await.unwrap();
    api.rename(user, "보고/a b.txt", "moved").await.unwrap();
    api.remove(user, "moved").await.unwrap();
    let gone = api.read(user, "moved", None).await;
    assert_eq!(gone.unwrap_err().kind, WorkspaceErrorKind::NotFound);
}

#[tokio::test]
async fn a_transfer_that_breaks_off_is_no_whole_file() {
    let net = Net::new();
    let runner = net.runner("one").await;
    let (api, user) = (net.api(), net.user());
    let broken = stream::iter([
        Ok(Bytes::from_static(b"half")),
        Err(error(WorkspaceErrorKind::Cut)),
    ]);
    api.write(user, "half", None, broken.boxed())
        .await
        .unwrap_err();
    assert!(!runner.workspaces.has(user, "half"));
    api.write(user, "torn", None, bytes("all of it"))
        .await
        .unwrap();
    runner.workspaces.tear();
    // The answer may break off before it has begun.
    let torn = async {
        let file = api.read(user, "torn", None).await?;
        file.bytes.try_collect::<Vec<Bytes>>().await
    };
    torn.await.unwrap_err();
}

#[tokio::test]
async fn who_has_no_token_of_the_api_gets_nothing() {
    let net = Net::new();
    let runner = net.runner("one").await;
    let user = net.user();
    let stranger = RemoteWorkspaces::new(net.locator("wrong"));
    let refused = stranger
        .write(user, "a", None, bytes("a"))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, WorkspaceErrorKind::Unavailable);
    assert!(refused.detail.contains("401"), "{}", refused.detail);
    assert!(!runner.workspaces.has(user, "a"));
    assert_eq!(net.store.placement(user).await.unwrap(), None);
}

#[tokio::test]
async fn a_workspace_is_asked_for_where_it_lives() {
    let net = Net::new();
    let runners = [net.runner("one").await, net.runner("two").await];
    let (api, user) = (net.api(), net.user());
    assert_eq!(api.status(user).await.state, WorkspaceState::Absent);
    api.wake(user).await.unwrap();
    let home = net.store.placement(user).await.unwrap().unwrap();
    let at = usize::from(runners[1].id == home.runner);
    api.write(user, "a", None, bytes("a")).await.unwrap();
    assert!(runners[at].workspaces.has(user, "a"));
    assert_eq!(api.status(user).await.state, WorkspaceState::Ready);
    // It moves: the next request finds it there.
    let other = &runners[1 - at];
    let released = net
        .store
        .record_placement(user, home.epoch, &Progress::Released);
    released.await.unwrap();
    assert_eq!(api.status(user).await.state, WorkspaceState::Stopped);
    net.store
        .place(user, &other.id, net.clock.now())
        .await
        .unwrap();
    api.write(user, "b", None, bytes("b")).await.unwrap();
    assert!(other.workspaces.has(user, "b"));
    assert!(!runners[at].workspaces.has(user, "b"));
}

#[tokio::test]
async fn without_a_runner_the_workspace_is_unavailable() {
    let net = Net::new();
    let user = net.user();
    let nobody = net.api().wake(user).await.unwrap_err();
    assert_eq!(nobody.kind, WorkspaceErrorKind::Unavailable);
    let runner = net.runner("one").await;
    net.api().wake(user).await.unwrap();
    // Its registration is over: nobody is asked who may have stopped.
    net.clock.advance(TTL);
    net.api().wake(user).await.unwrap_err();
    net.register(&runner).await;
    net.api().wake(user).await.unwrap();
}

#[tokio::test]
async fn live_text_and_changes_come_through_and_begin_anew() {
    let net = Net::new();
    let runner = net.runner("one").await;
    let (api, user) = (net.api(), net.user());
    api.wake(user).await.unwrap();
    let delta = Delta {
        conversation_id: net.clock.uuid().into(),
        run_id: net.clock.uuid().into(),
        block: 0,
        offset: 0,
        text: "안녕\n".to_owned(),
    };
    runner.live.publish(delta.clone());
    let watched = RemoteLiveText::new(net.locator("right"));
    let mut deltas = watched.watch(user, delta.conversation_id);
    assert_eq!(deltas.next().await, Some(delta.clone()));
    let more = Delta {
        offset: 3,
        text: "!".to_owned(),
        ..delta.clone()
    };
    runner.live.publish(more.clone());
    assert_eq!(deltas.next().await, Some(more));
    // The beginning of the stream counts as a change, for something may have changed before it.
    let mut changes = api.status_changes(user);
    assert_eq!(changes.next().await, Some(()));
    runner.workspaces.become_(WorkspaceState::Stopped);
    assert_eq!(changes.next().await, Some(()));
    // The runner goes, and the workspace is taken by another: both streams go on from there.
    drop(runner);
    net.clock.advance(TTL);
    let heir = net.runner("two").await;
    api.wake(user).await.unwrap();
    heir.live.publish(delta.clone());
    assert_eq!(deltas.next().await, Some(delta));
    assert_eq!(changes.next().await, Some(()));
}

#[tokio::test]
async fn what_is_written_is_told_and_what_is_only_read_is_not() {
    let net = Net::new();
    let runner = net.runner("one").await;
    let (api, user) = (net.api(), net.user());
    api.list(user, "").await.unwrap();
    assert_eq!(runner.homes.changes(), 0);
    api.write(user, "a", None, bytes("a")).await.unwrap();
    api.mkdir(user, "folder").await.unwrap();
    api.rename(user, "a", "b").await.unwrap();
    api.remove(user, "b").await.unwrap();
    assert_eq!(runner.homes.changes(), 4);
    api.remove(user, "b").await.unwrap_err();
    assert_eq!(runner.homes.changes(), 4);
}

#[tokio::test]
async fn streams_end_when_the_workspace_leaves_a_runner_that_lives_on() {
    let net = Net::new();
    let first = net.runner("one").await;
    let (api, user) = (net.api(), net.user());
    api.wake(user).await.unwrap();
    let home = net.store.placement(user).await.unwrap().unwrap();
    let mut changes = api.status_changes(user);
    assert_eq!(changes.next().await, Some(()));
    let second = net.runner("two").await;
    let released = net
        .store
        .record_placement(user, home.epoch, &Progress::Released);
    released.await.unwrap();
    net.store
        .place(user, &second.id, net.clock.now())
        .await
        .unwrap();
    first.homes.leave();
    // The beginning of the stream of the second.
    assert_eq!(changes.next().await, Some(()));
    second.workspaces.become_(WorkspaceState::Ready);
    assert_eq!(changes.next().await, Some(()));
}

#[tokio::test]
async fn files_that_could_not_be_brought_are_an_error_and_not_an_empty_folder() {
    let net = Net::new();
    let runner = net.runner("one").await;
    let (api, user) = (net.api(), net.user());
    runner.homes.fail();
    let failed = api.list(user, "").await.unwrap_err();
    assert_eq!(failed.kind, WorkspaceErrorKind::Unavailable);
    api.write(user, "a", None, bytes("a")).await.unwrap_err();
    assert!(!runner.workspaces.has(user, "a"));
}
