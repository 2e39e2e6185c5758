//! What only this adapter promises: groups, panics, a full disk, other versions and other processes.

use std::path::PathBuf;
use std::sync::Barrier;

use berth_domain::ports::StoreErrorKind;
use tempfile::TempDir;

use super::*;

fn open() -> (TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&path(&folder), Changes::default(), Arc::default()).unwrap();
    (folder, db)
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("berth.db")
}

async fn put(db: &Db, name: &str, bytes: usize) -> StoreResult<()> {
    let (name, value) = (name.to_owned(), "x".repeat(bytes));
    db.write("test.put", move |tx| {
        tx.execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)",
            [name, value],
        )?;
        Ok(())
    })
    .await
}

async fn names(db: &Db) -> Vec<String> {
    db.read("test.names", |connection| {
        connection
            .prepare("SELECT name FROM settings ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect()
    })
    .await
    .unwrap()
}

/// Keeps the writer busy until the answer is dropped or sent to, so that what comes after it forms one group.
fn hold_writer(db: &Db) -> std::sync::mpsc::Sender<()> {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (began, wait) = std::sync::mpsc::channel();
    let db = db.clone();
    tokio::spawn(async move {
        db.write("test.hold", move |_| {
            let _ = began.send(());
            let _ = held.recv();
            Ok(())
        })
        .await
    });
    tokio::task::block_in_place(|| wait.recv().unwrap());
    release
}

/// Waits until this many writes stand before the writer.
async fn waiting(db: &Db, jobs: usize) {
    while db.writer.max_capacity() - db.writer.capacity() < jobs {
        tokio::task::yield_now().await;
    }
}

/// Pages in the write-ahead log. Checkpoints it, so that the next count shows what came after.
fn pages_logged(observer: &Connection) -> i64 {
    observer
        .query_row("PRAGMA wal_checkpoint", [], |row| row.get(1))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_together_commits_together() {
    const WRITES: usize = 50;
    let (folder, db) = open();
    let observer = connect(&path(&folder), OpenFlags::default()).unwrap();
    let release = hold_writer(&db);
    let before = pages_logged(&observer);
    let writes: Vec<_> = (0..WRITES)
        .map(|number| {
            let db = db.clone();
            tokio::spawn(async move { put(&db, &number.to_string(), 1).await })
        })
        .collect();
    waiting(&db, WRITES).await;
    drop(release);
    for write in writes {
        write.await.unwrap().unwrap();
    }
    // Every commit logs each page that it has changed; all these rows share a few pages.
    let written = pages_logged(&observer) - before;
    assert!(
        written < 50,
        "{written} pages, as if each had its own commit"
    );
    assert_eq!(names(&db).await.len(), WRITES);
}

/// The level at which SQLite commits a write: 1 is `NORMAL`, which does not wait for the disk, 2 is `FULL`.
async fn level(db: &Db, survives: Survives) -> i64 {
    db.write_surviving(survives, "test.level", |tx| {
        tx.pragma_query_value(None, "synchronous", |row| row.get(0))
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_waited_for_where_one_of_a_group_needs_it() {
    let (_folder, db) = open();
    for survives in [
        Survives::PowerLoss,
        Survives::ThisProcess,
        Survives::ThisProcess,
        Survives::PowerLoss,
    ] {
        let expected = 1 + i64::from(survives == Survives::PowerLoss);
        assert_eq!(level(&db, survives).await, expected);
    }
    let release = hold_writer(&db);
    let together = [Survives::ThisProcess, Survives::PowerLoss].map(|survives| {
        let db = db.clone();
        tokio::spawn(async move { level(&db, survives).await })
    });
    waiting(&db, together.len()).await;
    drop(release);
    for each in together {
        assert_eq!(each.await.unwrap(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_or_panicking_write_spoils_nobody_elses() {
    let (_folder, db) = open();
    let release = hold_writer(&db);
    let good = |name: &'static str| {
        let db = db.clone();
        tokio::spawn(async move { put(&db, name, 1).await })
    };
    let first = good("a");
    waiting(&db, 1).await;
    let failing = good("a");
    waiting(&db, 2).await;
    let panicking = tokio::spawn({
        let db = db.clone();
        async move {
            db.write("test.panic", |tx| -> rusqlite::Result<()> {
                tx.execute("INSERT INTO settings (name, value) VALUES ('half', '')", [])?;
                panic!("on purpose")
            })
            .await
        }
    });
    waiting(&db, 3).await;
    let last = good("b");
    waiting(&db, 4).await;
    drop(release);
    first.await.unwrap().unwrap();
    let error = failing.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind, error.operation),
        (StoreErrorKind::Broken, "test.put")
    );
    let error = panicking.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind, error.operation),
        (StoreErrorKind::Broken, "test.panic")
    );
    last.await.unwrap().unwrap();
    put(&db, "c", 1).await.unwrap();
    assert_eq!(names(&db).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_panicking_read_costs_its_caller_only() {
    let (_folder, db) = open();
    for _ in 0..=READERS {
        let read = db.read("test.panic", |_| -> rusqlite::Result<()> {
            panic!("on purpose")
        });
        assert_eq!(read.await.unwrap_err().kind, StoreErrorKind::Broken);
    }
    assert!(names(&db).await.is_empty());
}

#[tokio::test]
async fn a_full_disk_stores_nothing_half_and_recovers() {
    let (_folder, db) = open();
    let limit = |pages: i64| {
        db.write("test.limit", move |tx| {
            tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        })
    };
    put(&db, "before", 1).await.unwrap();
    // Lower than what is there already means: no page more.
    limit(1).await.unwrap();
    let error = put(&db, "big", 1_000_000).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Full);
    let half = db
        .write("test.two", |tx| {
            tx.execute(
                "INSERT INTO settings (name, value) VALUES ('small', '')",
                [],
            )?;
            tx.execute(
                "INSERT INTO settings (name, value) VALUES ('large', ?1)",
                ["x".repeat(1_000_000)],
            )?;
            Ok(())
        })
        .await;
    assert_eq!(half.unwrap_err().kind, StoreErrorKind::Full);
    assert_eq!(names(&db).await, ["before"]);
    limit(1_000_000).await.unwrap();
    put(&db, "big", 1_000_000).await.unwrap();
    assert_eq!(names(&db).await, ["before", "big"]);
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(path(&folder)).unwrap();
    connection
        .pragma_update(None, "user_version", VERSION + 1)
        .unwrap();
    let error = Db::open(&path(&folder), Changes::default(), Arc::default()).unwrap_err();
    assert!(
        matches!(error, OpenError::TooNew { found, known, .. } if (found, known) == (VERSION + 1, VERSION))
    );
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn many_may_make_the_database_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (path, start) = (path(&folder), Barrier::new(6));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                start.wait();
                Db::open(&path, Changes::default(), Arc::default()).unwrap();
            });
        }
    });
}

#[test]
fn a_database_of_the_second_version_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let old = Connection::open(path(&folder)).unwrap();
    for step in &MIGRATIONS[..2] {
        old.execute_batch(step).unwrap();
    }
    old.execute_batch(
        "INSERT INTO conversations (id, user_id, title, created_at, updated_at, last_seq) VALUES ('c', 'u', 't', 0, 0, 5);
         INSERT INTO executions (id, user_id, conversation_id, message_id, trigger, state, queued_at, usage)
         VALUES ('one', 'u', 'c', 'm', 'chat', 'succeeded', 0, '{}'), ('two', 'u', 'c', 'n', 'chat', 'running', 0, '{}');
         INSERT INTO events (conversation_id, seq, run_id, at, body) VALUES ('c', 1, 'one', 0, ''), ('c', 2, 'one', 0, ''),
             ('c', 3, 'two', 0, ''), ('c', 4, 'one', 0, ''), ('c', 5, 'two', 0, '');
         INSERT INTO usage (id, run_id, user_id, agent_id, model, input, output, cache_read, cache_write, cost_micro_usd, at)
         VALUES ('x', 'one', 'u', 'a', 'm', 1, 2, 3, 4, 5, 0), ('y', 'one', 'u', 'a', 'm', 10, 20, 30, 40, 50, 0),
             ('z', 'two', 'u', NULL, 'm', 1, 1, 1, 1, 1, 0);
         PRAGMA user_version = 2",
    )
    .unwrap();
    drop(Db::open(&path(&folder), Changes::default(), Arc::default()).unwrap());
    let places: Vec<(i64, Option<i64>)> = old
        .prepare("SELECT first_seq, last_seq FROM executions ORDER BY id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(places, [(1, Some(4)), (3, None)]);
    let used: (String, i64, i64, i64) = old
        .query_row(
            "SELECT agent_id, input, cost_micro_usd, calls FROM agent_usage",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    assert_eq!(used, ("a".to_owned(), 11, 55, 2));
}
