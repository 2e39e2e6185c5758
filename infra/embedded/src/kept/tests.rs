//! A row is asked for once, and again after each change of its table, whoever makes it.

use std::cell::Cell;

use futures::FutureExt as _;
use futures::future::ready;
use rusqlite::Connection;

use super::*;
use crate::db::Db;
use crate::events::Changes;

fn kept() -> (Arc<Generations>, Kept<u32, String>) {
    let generations = Arc::new(Generations::default());
    let kept = Kept::new(&[Table::Agents, Table::AgentVersions], generations.clone());
    (generations, kept)
}

/// What `kept` answers without waiting, when the store would say `now`; and whether it was asked.
fn ask(kept: &Kept<u32, String>, now: Option<&str>) -> (Option<String>, bool) {
    let asked = Cell::new(false);
    let read = async {
        asked.set(true);
        Ok(now.map(str::to_owned))
    };
    let answer = kept.get(1, read).now_or_never().unwrap().unwrap();
    (answer, asked.get())
}

#[test]
fn a_row_is_read_once_until_its_table_changes() {
    let (generations, kept) = kept();
    assert_eq!(ask(&kept, Some("a")), (Some("a".to_owned()), true));
    assert_eq!(ask(&kept, Some("b")), (Some("a".to_owned()), false));
    generations.touch("agent_versions");
    generations.advance();
    assert_eq!(ask(&kept, Some("b")), (Some("b".to_owned()), true));
    generations.touch("settings");
    generations.touch("executions");
    generations.advance();
    assert_eq!(ask(&kept, Some("c")), (Some("b".to_owned()), false));
}

#[test]
fn what_is_not_there_is_asked_for_again() {
    let (_generations, kept) = kept();
    assert_eq!(ask(&kept, None), (None, true));
    assert_eq!(ask(&kept, Some("a")), (Some("a".to_owned()), true));
}

#[test]
fn a_change_during_a_read_makes_it_count_for_nothing() {
    let (generations, kept) = kept();
    let read = async {
        generations.touch("agents");
        generations.advance();
        Ok(Some("old".to_owned()))
    };
    kept.get(1, read).now_or_never().unwrap().unwrap();
    assert_eq!(ask(&kept, Some("new")), (Some("new".to_owned()), true));
}

#[test]
fn memory_is_bounded() {
    let (_generations, kept) = kept();
    for key in 0..5_000 {
        let read = ready(Ok(Some(String::new())));
        kept.get(key, read).now_or_never().unwrap().unwrap();
        assert!(kept.lock().len() <= CAPACITY);
    }
}

/// Every table that is kept is one that SQLite tells of, also where a row goes with another.
#[tokio::test]
async fn the_database_tells_of_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let generations = Arc::new(Generations::default());
    let path = folder.path().join("berth.db");
    let db = Db::open(&path, Changes::default(), generations.clone()).unwrap();
    let counts = || Table::ALL.map(|table| generations.of(&[table]));
    let run = async |sql: &'static str| {
        db.write("test", move |db| db.execute_batch(sql))
            .await
            .unwrap();
    };
    run("INSERT INTO users VALUES ('u', 'name', 0, '{}');
         INSERT INTO credentials VALUES (x'00', 'session', 'u', '', 0, NULL, NULL);
         INSERT INTO agents VALUES ('a', 'u', 1, 'active', 1, 0, 0, NULL);
         INSERT INTO agent_versions VALUES ('a', 1, '{}', '{}', 0);
         INSERT INTO settings VALUES ('s', '');
         INSERT INTO secrets VALUES ('s', 'n', x'00', x'00');
         INSERT INTO notification_settings VALUES ('u', '{}');")
    .await;
    assert_eq!(counts(), [1; 6]);
    run("INSERT OR REPLACE INTO settings VALUES ('s', 'other');
         UPDATE agents SET status = 'inactive';
         DELETE FROM secrets WHERE scope = 's';
         DELETE FROM users WHERE id = 'u';")
    .await;
    assert_eq!(counts(), [2, 2, 1, 2, 2, 1]);
    let tables = |db: &Connection| {
        db.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr = 1")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()
    };
    let without_row_ids = db.read("test.tables", tables).await.unwrap();
    assert!(
        Table::ALL
            .iter()
            .all(|table| !without_row_ids.iter().any(|name| name == table.name()))
    );
}
