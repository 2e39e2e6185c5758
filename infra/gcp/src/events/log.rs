//! The head of a log, and writing to it.

use berth_domain::event::{Event, Role, StoredEvent};
use berth_domain::ids::{ConversationId, RunId};
use berth_domain::run::Progress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, DOCUMENT, put_parts, split};
use crate::conversations::ConversationRecord;
use crate::convert::{at, key, maybe_json};
use crate::db::work::Work;
use crate::db::{Done, Path, Record, Trouble};
use crate::runs::row::RunRecord;

/// Bytes of events that stay in the head. Each write carries them again, so they are few; a usual turn fits.
const TAIL: usize = 64 * 1024;
/// Longest message that an event repeats; a longer one is read from the message.
pub(crate) const REPEATED: usize = 16 * 1024;

/// The head of a log, a field of its document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Log {
    /// Number of the newest event.
    pub(crate) last: u64,
    /// Number of the first event that is in `tail`, or will be.
    pub(crate) first: u64,
    /// The newest events, one a line.
    pub(crate) tail: String,
    /// Runs that have not ended, in their order.
    pub(crate) active: Vec<RunId>,
    /// The run that may write.
    pub(crate) holder: Option<RunId>,
    /// Under which epoch.
    pub(crate) epoch: u64,
    /// Where its reading goes on.
    #[serde(with = "maybe_json")]
    pub(crate) progress: Option<Progress>,
    /// The Claude Code session.
    pub(crate) session: Option<String>,
}

/// Where a log has its head. A slot's run has its log in its own document, which saves three writes a run; the log's id is the
/// run's then, and that is how it is told.
#[derive(Debug)]
pub(crate) enum Home {
    Conversation(Path<ConversationRecord>),
    Run(Path<RunRecord>),
}

impl Home {
    /// The home of a run's log.
    pub(crate) fn of(conversation: ConversationId, run: RunId) -> Self {
        if conversation.0 == run.0 {
            Self::Run(Path::new(&key(run.0)))
        } else {
            Self::Conversation(Path::new(&key(conversation.0)))
        }
    }

    pub(crate) fn batch(&self, id: &str) -> Path<Batch> {
        match self {
            Self::Conversation(path) => Path::within(path, id),
            Self::Run(path) => Path::within(path, id),
        }
    }
}

/// The two documents one of which has the log's head.
pub(crate) fn heads(conversation: ConversationId) -> [String; 2] {
    let id = key(conversation.0);
    [ConversationRecord::COLLECTION, RunRecord::COLLECTION].map(|place| format!("{place}/{id}"))
}

/// An event as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its number.
    #[serde(rename = "n")]
    pub(super) seq: u64,
    #[serde(rename = "r")]
    pub(super) run: RunId,
    #[serde(rename = "t", with = "at")]
    at: Timestamp,
    /// Whether the text of the message is in the message only.
    #[serde(rename = "m", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) elsewhere: bool,
    #[serde(rename = "e")]
    pub(super) event: Event,
}

impl Line {
    pub(super) fn into_event(self, conversation_id: ConversationId) -> StoredEvent {
        StoredEvent {
            conversation_id,
            run_id: self.run,
            seq: self.seq,
            at: self.at,
            event: self.event,
        }
    }

    /// Whether it tells of the work of its run.
    pub(super) fn is_mark(&self) -> bool {
        matches!(self.event.kind(), "file" | "checked" | "proposal")
    }
}

/// The lines of a head or of a batch.
pub(super) fn lines(text: &str) -> Done<Vec<Line>> {
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(Trouble::broken))
        .collect()
}

/// What is being written to a log.
pub(crate) struct Writing<'a> {
    pub(crate) work: &'a Work,
    pub(crate) conversation: ConversationId,
    pub(crate) run: RunId,
    pub(crate) now: Timestamp,
}

impl Writing<'_> {
    /// Numbers events and puts them at the end of the log; answers the number of the last.
    pub(crate) fn append(&self, log: &mut Log, events: &[Event]) -> Done<u64> {
        if events.is_empty() {
            return Ok(log.last);
        }
        log.first = log.first.max(1);
        let mut lines = Vec::with_capacity(events.len());
        for event in events {
            log.last += 1;
            let line = self.line(log.last, event);
            let mut text = serde_json::to_string(&line).map_err(Trouble::broken)?;
            text.push('\n');
            lines.push((line, text));
        }
        let size: usize = lines.iter().map(|(_, text)| text.len()).sum();
        if log.tail.len() + size > TAIL {
            self.move_out(log, lines)?;
        } else {
            log.tail.extend(lines.into_iter().map(|(_, text)| text));
        }
        self.work.grew(self.conversation);
        Ok(log.last)
    }

    fn line(&self, seq: u64, event: &Event) -> Line {
        // A person's message is stored beside its event; a slot's is the prompt of its agent, in the run.
        let is_stored = self.conversation.0 != self.run.0;
        let (event, elsewhere) = match event {
            Event::Message { id, role, content }
                if content.len() > REPEATED && is_stored && *role == Role::User =>
            {
                let (id, role) = (*id, *role);
                let content = String::new();
                (Event::Message { id, role, content }, true)
            }
            other => (other.clone(), false),
        };
        Line {
            seq,
            run: self.run,
            at: self.now,
            elsewhere,
            event,
        }
    }

    /// Moves the head's events and these into batches.
    fn move_out(&self, log: &mut Log, new: Vec<(Line, String)>) -> Done<()> {
        let home = Home::of(self.conversation, self.run);
        let tail = std::mem::take(&mut log.tail);
        let kept = lines(&tail)?.into_iter().zip(tail.split_inclusive('\n'));
        let kept = kept.map(|(line, text)| (line, text.to_owned()));
        let mut group: Vec<(Line, String)> = Vec::new();
        let mut size = 0;
        for (line, text) in kept.chain(new) {
            if size + text.len() > DOCUMENT && !group.is_empty() {
                self.put_batch(&home, std::mem::take(&mut group))?;
                size = 0;
            }
            size += text.len();
            group.push((line, text));
        }
        self.put_batch(&home, group)?;
        log.first = log.last + 1;
        Ok(())
    }

    fn put_batch(&self, home: &Home, group: Vec<(Line, String)>) -> Done<()> {
        let (Some((first, _)), Some((last, _))) = (group.first(), group.last()) else {
            return Ok(());
        };
        let path = home.batch(&format!("{:012}", first.seq));
        let last = last.seq;
        let marks = group.iter().any(|(line, _)| line.is_mark());
        let mut runs: Vec<RunId> = group.iter().map(|(line, _)| line.run).collect();
        runs.sort_unstable();
        runs.dedup();
        let text: String = group.into_iter().map(|(_, text)| text).collect();
        let (body, rest) = split(&text);
        let batch = Batch {
            last,
            runs,
            marks,
            body: body.to_owned(),
            parts: put_parts(self.work, &path, rest)?,
        };
        self.work.put(&path, &batch)
    }
}
