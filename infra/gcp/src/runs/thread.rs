//! The document that has a run's log: its conversation, or the run itself.

use berth_domain::event::Event;
use berth_domain::ids::{ConversationId, RunId};
use jiff::Timestamp;

use super::row::{self, RunRecord};
use crate::conversations::{self, ConversationRecord};
use crate::db::Done;
use crate::db::work::Work;
use crate::events::Log;
use crate::events::log::Writing;

/// A run and its log, within a step.
pub(crate) struct Thread {
    pub(crate) run: RunRecord,
    conversation: Option<ConversationRecord>,
}

impl Thread {
    /// A run that is there, with its log.
    pub(crate) async fn of(work: &Work, mut run: RunRecord) -> Done<Option<Self>> {
        if run.log.is_some() {
            return Ok(Some(Self {
                run,
                conversation: None,
            }));
        }
        let conversation = work.get(&conversations::path(run.conversation_id)).await?;
        run.log = None;
        Ok(conversation.map(|conversation| Self {
            run,
            conversation: Some(conversation),
        }))
    }

    /// A run by its id, with its log.
    pub(crate) async fn find(work: &Work, id: RunId) -> Done<Option<Self>> {
        match work.get(&row::path(id)).await? {
            None => Ok(None),
            Some(run) => Self::of(work, run).await,
        }
    }

    /// A run that is new.
    pub(crate) fn new(run: RunRecord, conversation: Option<ConversationRecord>) -> Self {
        Self { run, conversation }
    }

    pub(crate) fn log(&mut self) -> &mut Log {
        match &mut self.conversation {
            Some(conversation) => &mut conversation.log,
            None => self.run.log.get_or_insert_default(),
        }
    }

    /// Puts events at the end of the log; answers the number of the last.
    pub(crate) fn append(&mut self, work: &Work, events: &[Event], now: Timestamp) -> Done<u64> {
        let writing = Writing {
            work,
            conversation: self.run.conversation_id,
            run: self.run.id,
            now,
        };
        if !events.is_empty() {
            self.touch(now);
        }
        writing.append(self.log(), events)
    }

    fn touch(&mut self, now: Timestamp) {
        match &mut self.conversation {
            Some(conversation) => conversation.updated_at = now,
            None => self.run.updated_at = now,
        }
    }

    /// Stores the document of the log; the run with it where they are one.
    pub(crate) fn put_log(&self, work: &Work) -> Done<()> {
        match &self.conversation {
            Some(conversation) => {
                let id: ConversationId = self.run.conversation_id;
                work.put(&conversations::path(id), conversation)
            }
            None => work.put(&row::path(self.run.id), &self.run),
        }
    }

    /// Stores both.
    pub(crate) fn put(&self, work: &Work) -> Done<()> {
        self.put_log(work)?;
        work.put(&row::path(self.run.id), &self.run)
    }

    /// Takes the run out of its log's list of runs that have not ended.
    pub(crate) fn leave(&mut self) {
        let id = self.run.id;
        let log = self.log();
        log.active.retain(|active| *active != id);
        if log.holder == Some(id) {
            log.holder = None;
            log.progress = None;
        }
    }
}
