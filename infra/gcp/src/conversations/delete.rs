//! Removing a conversation with everything that belongs to it.
//!
//! That may be more than one commit takes. The conversation goes first, so that nobody sees half of it and nothing is added, and leaves a mark; what
//! belonged to it is found by its id. A process that dies in between leaves the mark, and a runner goes on where it stopped.

use berth_domain::ids::{ConversationId, UserId};
use berth_domain::ports::StoreResult;

use serde::{Deserialize, Serialize};

use super::messages::MessageRecord;
use super::path;
use crate::Store;
use crate::convert::key;
use crate::db::query::{Query, text};
use crate::db::work::Work;
use crate::db::{Db, Done, Path, Record};
use crate::events::{Batch, Part};
use crate::proposals::ProposalRecord;
use crate::runs::row::RunRecord;

/// Documents that are removed together.
const TOGETHER: u32 = 300;

const OPERATION: &str = "conversations.delete";

/// A conversation that is deleted and may have left something.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    conversation_id: ConversationId,
}

impl Record for Mark {
    const COLLECTION: &'static str = "deletions";
}

fn mark(id: ConversationId) -> Path<Mark> {
    Path::new(&key(id.0))
}

pub(super) async fn delete(db: &Db, user: UserId, id: ConversationId) -> StoreResult<Option<bool>> {
    let gone = db
        .change(OPERATION, |work| async move {
            let found = work.get(&path(id)).await?;
            let Some(found) = found.filter(|found| found.is_chat_of(user)) else {
                return Ok(None);
            };
            if !found.log.active.is_empty() {
                return Ok(Some(false));
            }
            work.delete(&path(id))?;
            let conversation_id = id;
            work.put(&mark(id), &Mark { conversation_id })?;
            Ok(Some(true))
        })
        .await?;
    if gone == Some(true)
        && let Err(trouble) = belongings(db, id).await
    {
        tracing::warn!(conversation.id = %id, key = key(id.0), %trouble,
            "a deleted conversation has left documents behind, which a runner will remove");
    }
    Ok(gone)
}

impl Store {
    /// Goes on with deletions that were broken off; answers how many. Whoever deletes meanwhile is not in its way.
    pub async fn finish_deletions(&self) -> StoreResult<usize> {
        let found = Query::of::<Mark>()
            .limit(TOGETHER)
            .records::<Mark>(&self.db)
            .await;
        let found = found.map_err(|trouble| trouble.at(OPERATION))?;
        for mark in &found {
            belongings(&self.db, mark.conversation_id).await?;
        }
        Ok(found.len())
    }
}

async fn belongings(db: &Db, id: ConversationId) -> StoreResult<()> {
    let home = path(id);
    let batches = Query::within::<Batch, _>(&home);
    remove::<Batch, _>(db, &batches, |id| Path::within(&home, id)).await?;
    let of_it = |query: Query| query.equal("conversation_id", text(id.to_string()));
    remove::<MessageRecord, _>(db, &of_it(Query::of::<MessageRecord>()), Path::new).await?;
    remove::<RunRecord, _>(db, &of_it(Query::of::<RunRecord>()), Path::new).await?;
    remove::<ProposalRecord, _>(db, &of_it(Query::of::<ProposalRecord>()), Path::new).await?;
    let unmark = |work: &Work| work.delete(&mark(id));
    db.change(OPERATION, |work| async move { unmark(&work) })
        .await
}

/// Removes what a query finds, with the rests of long texts.
async fn remove<T: Record, P: Fn(&str) -> Path<T>>(
    db: &Db,
    query: &Query,
    path: P,
) -> StoreResult<()> {
    loop {
        let found = query.clone().limit(TOGETHER).ids(db).await;
        let ids = found.map_err(|trouble| trouble.at(OPERATION))?;
        if ids.is_empty() {
            return Ok(());
        }
        let paths: Vec<Path<T>> = ids.iter().map(|id| path(id)).collect();
        let parts = parts(db, &paths)
            .await
            .map_err(|trouble| trouble.at(OPERATION))?;
        db.change(OPERATION, |work| {
            let parts = parts.iter().try_for_each(|part| work.delete(part));
            let deleted = parts.and_then(|()| paths.iter().try_for_each(|path| work.delete(path)));
            async move { deleted }
        })
        .await?;
    }
}

/// The rests of the texts of these documents.
async fn parts<T: Record>(db: &Db, parents: &[Path<T>]) -> Done<Vec<Path<Part>>> {
    let mut parts = Vec::new();
    if T::HAS_PARTS {
        for parent in parents {
            let found = Query::within::<Part, _>(parent).ids(db).await?;
            parts.extend(found.iter().map(|id| Path::within(parent, id)));
        }
    }
    Ok(parts)
}
