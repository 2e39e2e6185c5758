//! Which conversation a run belongs to. It never changes, so whoever appends to a run asks once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ids::{ConversationId, RunId};

use super::row;
use crate::db::{Db, Done};

/// Runs that are remembered; a runner has a few at a time.
const REMEMBERED: usize = 1024;

#[derive(Clone, Default)]
pub(crate) struct Places(Arc<Mutex<HashMap<RunId, ConversationId>>>);

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").finish_non_exhaustive()
    }
}

impl Places {
    /// The run's conversation; `None`: there is no such run.
    pub(super) async fn of(&self, db: &Db, run: RunId) -> Done<Option<ConversationId>> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&run)
            .copied();
        if known.is_some() {
            return Ok(known);
        }
        let Some(found) = db.get(&row::path(run)).await? else {
            return Ok(None);
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(run, found.conversation_id);
        Ok(Some(found.conversation_id))
    }
}
