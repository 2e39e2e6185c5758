//! Passes on what Claude Code writes: live text at once, events through the recorder, together with the place reading has got to.

use berth_domain::agent::Agent;
use berth_domain::event::{Delta, Event};

use super::{Followed, Follower, STORE_EVERY};
use crate::outcome::Stop;
use crate::recorder::Record;
use crate::session::{files, millis};
use crate::transcript::{Next, Output, TurnEnd};

/// Live text of one block that has not been passed on.
struct LiveText {
    block: u32,
    /// UTF-16 code units before it.
    offset: u64,
    text: String,
}

impl Follower<'_, '_> {
    /// After a crash the block that was being written is sent again, whole.
    pub(super) fn show_open_block(&self) {
        if let Some((block, text)) = self.reader.open_block() {
            self.delta(block, 0, text.to_owned());
        }
    }

    fn show(&self, text: Option<LiveText>) {
        if let Some(LiveText {
            block,
            offset,
            text,
        }) = text
        {
            self.delta(block, offset, text);
        }
    }

    pub(super) fn delta(&self, block: u32, offset: u64, text: String) {
        let run = &self.session.claimed.run;
        self.session.context.deps.live.publish(Delta {
            conversation_id: run.conversation_id,
            run_id: run.id,
            block,
            offset,
            text,
        });
    }

    /// Reads bytes; the end of the turn when it is among them.
    pub(super) async fn take_in(&mut self, bytes: &[u8]) -> Result<Option<TurnEnd>, Followed> {
        self.read += bytes.len() as u64;
        self.lines.push(bytes);
        let mut events = Vec::new();
        let mut open_text: Option<LiveText> = None;
        let mut session = None;
        let mut end = None;
        while end.is_none() {
            let before = self.lines.position();
            let outputs = match self.lines.next_line() {
                Next::Line(line) => self.reader.read(&line),
                Next::TooLong => self.reader.garbage(),
                Next::More => break,
            };
            for output in outputs {
                match output {
                    Output::Event(event) => events.push(event),
                    Output::Delta {
                        block,
                        offset,
                        text,
                    } => match &mut open_text {
                        // Read together, told together: each one goes to every client as a frame of its own.
                        Some(before) if before.block == block && offset > 0 => {
                            before.text.push_str(&text);
                        }
                        _ => self.show(open_text.replace(LiveText {
                            block,
                            offset,
                            text,
                        })),
                    },
                    Output::BlockDone(block) => {
                        self.show(open_text.take());
                        self.close_block(block);
                    }
                    // Told again at every turn; only another one is news.
                    Output::Session(id) => {
                        session = Some(id).filter(|id| self.session.resume.as_ref() != Some(id));
                    }
                    Output::FilesMayHaveChanged => self.files_pending = true,
                    Output::TurnEnded(turn_end) => {
                        self.ended_at = Some(before);
                        end = Some(turn_end);
                    }
                    Output::Garbage => {
                        tracing::warn!("Claude Code wrote a line that is not its protocol");
                    }
                }
            }
        }
        self.show(open_text);
        for event in &events {
            self.session.report.see(event);
        }
        if self.files_pending && end.is_none() {
            events.extend(self.changed_files().await);
        }
        let unstored = self.lines.position().0 - self.stored_at;
        if !events.is_empty() || session.is_some() || unstored > STORE_EVERY {
            self.store(events, session).await?;
        }
        self.check_bounds().await;
        let asks = self.session.agent.is_some() && self.session.report.question.is_some();
        if asks && end.is_none() && self.stop.is_none() {
            // Nobody is there to answer.
            self.ask_to_stop(Stop::NeedsYou).await;
        }
        Ok(end)
    }

    pub(super) fn close_block(&self, block: u32) {
        let run = &self.session.claimed.run;
        self.session
            .context
            .deps
            .live
            .close_block(run.conversation_id, run.id, block);
    }

    pub(super) async fn changed_files(&mut self) -> Vec<Event> {
        self.files_pending = false;
        let since = self.session.claimed.run.started_at.map_or(0, millis);
        let client = self.turn.berth.client();
        let agent = self.session.agent.as_ref();
        let folder = agent.map(|agent| Agent::folder(agent.seat.id));
        match files::changed(client, folder.as_deref(), since, &self.reader.state).await {
            Ok(entries) => files::show(&mut self.reader.state, entries),
            Err(error) => {
                tracing::warn!(%error, "changed files could not be listed");
                Vec::new()
            }
        }
    }

    /// Hands events to the recorder together with the byte at which reading goes on after them.
    pub(super) async fn store(
        &mut self,
        events: Vec<Event>,
        session: Option<String>,
    ) -> Result<(), Followed> {
        let (offset, skipping) = self.ended_at.unwrap_or_else(|| self.lines.position());
        self.reader.state.skipping = skipping;
        self.turn.progress.offset = offset;
        self.turn.progress.reader = serde_json::to_value(&self.reader.state).ok();
        self.stored_at = offset;
        let record = Record {
            events,
            progress: Some(self.turn.progress.clone()),
            session,
            usage: None,
            source: Some((self.turn.berth.client().clone(), self.turn.process.clone())),
        };
        Ok(self.session.recorder.write(record).await?)
    }
}
