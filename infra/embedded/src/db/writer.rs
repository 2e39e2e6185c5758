//! The writer's thread: takes what is waiting, does it in one transaction, commits, answers.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use berth_domain::ports::StoreErrorKind;
use rusqlite::Connection;
use tokio::sync::mpsc;

use super::job::{GroupError, Job, Survives, step};
use crate::events::Changes;
use crate::kept::Generations;

/// Writes that share one commit at most.
const GROUP: usize = 128;
/// Where several writes came together, the next are waited for this long: a commit costs more than the writes in it. One that comes alone
/// does not wait.
const GATHER: Duration = Duration::from_micros(150);
/// So many are worth a commit.
const ENOUGH: usize = 8;

/// Serves writes until every handle on the database is gone.
pub(super) fn write_loop(
    connection: &Connection,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    changes: &Changes,
    generations: &Generations,
) {
    // As `connect` has left it.
    let mut survives = Survives::PowerLoss;
    // Whether the last group had more than one.
    let mut several = false;
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        take_waiting(&mut jobs, &mut group);
        if several && group.len() < ENOUGH {
            // Wakes early at times, which costs nothing.
            thread::park_timeout(GATHER);
            take_waiting(&mut jobs, &mut group);
        }
        several = group.len() > 1;
        let commit = see_to(connection, &group, &mut survives)
            .and_then(|()| commit_group(connection, &mut group, changes))
            .map_err(Arc::new);
        generations.advance();
        for job in group {
            job.answer(commit.clone(), changes);
        }
    }
}

/// Adds the writes that wait to a group.
fn take_waiting(jobs: &mut mpsc::Receiver<Box<dyn Job>>, group: &mut Vec<Box<dyn Job>>) {
    while group.len() < GROUP {
        match jobs.try_recv() {
            Ok(job) => group.push(job),
            Err(_) => return,
        }
    }
}

/// Makes the next commit one that every write of the group survives what it is to survive. `now` is what commits survive so far.
fn see_to(
    connection: &Connection,
    group: &[Box<dyn Job>],
    now: &mut Survives,
) -> Result<(), GroupError> {
    let unsynced = group
        .iter()
        .all(|job| job.survives() == Survives::ThisProcess);
    let (wanted, level) = if unsynced {
        (Survives::ThisProcess, "NORMAL")
    } else {
        (Survives::PowerLoss, "FULL")
    };
    if *now != wanted {
        connection.pragma_update(None, "synchronous", level)?;
        *now = wanted;
    }
    Ok(())
}

fn commit_group(
    connection: &Connection,
    group: &mut [Box<dyn Job>],
    changes: &Changes,
) -> Result<(), GroupError> {
    step(connection, "BEGIN IMMEDIATE")?;
    let alone = group.len() == 1;
    for job in group {
        let failure = job.run(connection, changes, alone);
        if connection.is_autocommit() {
            return Err(GroupError::GivenUp(
                failure.unwrap_or(StoreErrorKind::Unavailable),
            ));
        }
    }
    step(connection, "COMMIT").inspect_err(|_| {
        // After a failed commit the transaction may still be open; without this the next group could not begin.
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    })?;
    Ok(())
}
