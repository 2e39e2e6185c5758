//! More than one process, and the sudden end of one.
//!
//! The second process is this same test program, told by an environment variable to be [`the_other_process`].

#![expect(
    clippy::disallowed_methods,
    reason = "two processes meet in one database: their ids must differ, and one is told of it by its environment"
)]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use berth_domain::ids::{RunId, UserId};
use berth_domain::page::{MAX_LIMIT, PageRequest};
use berth_domain::ports::events::Events as _;
use berth_domain::ports::runs::{RunFilter, Runs as _, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{RunState, Trigger};
use berth_embedded::{SecretKey, Store};
use jiff::Timestamp;
use uuid::Uuid;

const DATABASE: &str = "BERTH_TEST_DATABASE";
const USER: UserId = UserId(Uuid::from_u128(1));

fn open(path: &Path) -> Store {
    Store::open(path, SecretKey::new([1; 32])).expect("a store")
}

/// Submits one message and says which run has been acknowledged.
async fn submit(store: &Store) -> RunId {
    let submission = Submission {
        user_id: USER,
        message_id: Uuid::now_v7().into(),
        conversation_id: None,
        new_conversation_id: Uuid::now_v7().into(),
        run_id: Uuid::now_v7().into(),
        agent_id: None,
        agent: None,
        content: "분석".repeat(500),
        trigger: Trigger::Chat,
        retry_of: None,
        quota: Quota {
            concurrent_runs: u32::MAX,
        },
        now: Timestamp::UNIX_EPOCH,
    };
    let submitted = store.submit(&submission).await.expect("an answer");
    assert!(matches!(submitted, Submitted::Accepted { .. }));
    submission.run_id
}

/// Submits until it is killed, several at a time. In the ordinary run of the tests there is nothing for it to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_process() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = open(Path::new(&path));
    let submitting = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            loop {
                let run = submit(&store).await;
                // One write call a line: what the parent reads was acknowledged.
                let said = std::io::stdout().write_all(format!("\nrun {run}\n").as_bytes());
                said.expect("the parent listens");
            }
        })
    });
    futures::future::join_all(submitting).await;
}

fn start_other(path: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "the_other_process", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    (child, output)
}

/// The next runs the other process has been told are stored.
fn acknowledged(output: &mut BufReader<ChildStdout>, count: usize) -> HashSet<RunId> {
    output
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("run ")?.parse().ok())
        .take(count)
        .collect()
}

/// Every stored run, each with its message and its first events.
async fn stored(store: &Store) -> HashSet<RunId> {
    let mut request = PageRequest {
        cursor: None,
        limit: Some(MAX_LIMIT),
    };
    let mut found = HashSet::new();
    loop {
        let filter = RunFilter::default();
        let page = store.list_runs(USER, &filter, &request).await;
        let page = page.expect("a page");
        for run in page.items {
            assert_eq!(run.state, RunState::Queued);
            let content = store.run_content(USER, run.id).await.expect("an answer");
            assert!(content.is_some(), "{} without its message", run.id);
            let events = store.run_events_after(run.id, 0, 10).await;
            assert_eq!(events.expect("events").len(), 2);
            found.insert(run.id);
        }
        request.cursor = page.next;
        if request.cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("berth.db");
    let mut promised = HashSet::new();
    for _ in 0..3 {
        let (mut child, mut output) = start_other(&path);
        promised.extend(acknowledged(&mut output, 40));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        promised.extend(acknowledged(&mut output, usize::MAX));
        let found = stored(&open(&path)).await;
        assert!(promised.len() >= 40);
        assert!(promised.is_subset(&found), "an acknowledged run is lost");
    }
}

#[tokio::test]
async fn two_processes_write_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("berth.db");
    let store = open(&path);
    let (mut child, mut output) = start_other(&path);
    let mut promised = acknowledged(&mut output, 1);
    for _ in 0..40 {
        promised.insert(submit(&store).await);
    }
    child.kill().expect("a kill");
    child.wait().expect("an end");
    promised.extend(acknowledged(&mut output, usize::MAX));
    promised.insert(submit(&store).await);
    assert!(promised.is_subset(&stored(&store).await));
}
