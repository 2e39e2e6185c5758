//! How SQLite answers the queries whose cost must not grow with what is stored: by which index, and without sorting.

use std::sync::Arc;

use rusqlite::Connection;

use crate::events::Changes;
use crate::notifications::settle::UNSETTLED;
use crate::runs::activity::RECENT;
use crate::runs::claim::TURN;
use crate::runs::finish;
use crate::runs::submit::TAKING_ROOM;
use crate::schedules::fire::UNFINISHED;
use crate::schedules::slots::{RUNNABLE, WAITING};
use crate::schedules::{DUE, NEXT_WAKE};

/// The plan of a query, a step a line.
fn plan(db: &Connection, query: &str) -> String {
    let query = format!("EXPLAIN QUERY PLAN {query}");
    let mut statement = db.prepare(&query).unwrap();
    // Parameters stay unbound: the plan does not depend on them.
    let steps = statement.raw_query();
    let steps = steps.mapped(|row| row.get::<_, String>(3));
    steps
        .collect::<rusqlite::Result<Vec<_>>>()
        .unwrap()
        .join("\n")
}

#[test]
fn what_grows_is_found_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("berth.db");
    crate::db::Db::open(&path, Changes::default(), Arc::default()).unwrap();
    let db = Connection::open(&path).unwrap();
    let queries = [
        (format!("SELECT * {DUE}"), "schedules_due"),
        (format!("SELECT * {WAITING}"), "slots_waiting"),
        (NEXT_WAKE.to_owned(), "schedules_due"),
        (NEXT_WAKE.to_owned(), "slots_waiting"),
        (format!("SELECT * {UNSETTLED}"), "executions_unsettled"),
        (UNFINISHED.to_owned(), "executions_active_by_agent"),
        (RUNNABLE.to_owned(), "executions_active_by_agent"),
        (TURN.to_owned(), "executions_active_by_agent"),
        (finish::WAITING.to_owned(), "executions_unfinished"),
        (finish::WAITING.to_owned(), "executions_active_by_agent"),
        (TURN.to_owned(), "executions_in_quota"),
        (TAKING_ROOM.to_owned(), "executions_in_quota"),
        (RECENT.to_owned(), "executions_by_agent"),
    ];
    for (query, index) in queries {
        let plan = plan(&db, &query);
        assert!(plan.contains(index), "{query}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query}\n{plan}");
        // The outer query of a union scans its two answers, and no table.
        let scans = plan.lines().filter(|step| step.starts_with("SCAN"));
        let tables = scans.filter(|step| {
            ["executions", "schedules", "slots"]
                .iter()
                .any(|table| step.contains(table))
        });
        assert_eq!(
            tables.filter(|step| !step.contains("USING")).count(),
            0,
            "{plan}"
        );
    }
}
