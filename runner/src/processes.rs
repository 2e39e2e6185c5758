//! One Claude Code process a conversation, kept warm between messages, never two on one session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ids::{ConversationId, UserId};
use berth_supervisor_protocol::{ClientError, ErrorCode, Process, ProcessId, ProcessSpec};
use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use crate::claude::command::{self, Session};
use crate::context::Context;
use crate::workspace::Berth;

/// Bytes of a process's output that may wait for this runner. More than the longest line, or a line could never be read.
const RING: usize = 24 * 1024 * 1024;

/// A process that waits for the next message.
#[derive(Debug, Clone)]
pub(crate) struct Warm {
    pub(crate) id: ProcessId,
    /// The supervisor's boot it was started under.
    pub(crate) boot: String,
    pub(crate) user: UserId,
    pub(crate) last_used: Timestamp,
}

/// What a conversation has. Locked for as long as a session uses it.
pub(crate) type Slot = Option<Warm>;

/// The processes of all conversations.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    slots: Mutex<HashMap<ConversationId, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl Processes {
    /// Takes over processes that an earlier incarnation of this runner left, so that they are used again or end when they
    /// have been idle. Called before any session begins.
    pub(crate) fn adopt(&self, user: UserId, berth: &Berth, running: &[Process], now: Timestamp) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for process in running.iter().filter(|process| process.is_running()) {
            let Some(conversation) = process.exclusive.as_deref().and_then(conversation_of) else {
                continue;
            };
            let warm = Warm {
                id: process.id.clone(),
                boot: berth.boot_id().to_owned(),
                user,
                last_used: now,
            };
            slots.insert(conversation, Arc::new(tokio::sync::Mutex::new(Some(warm))));
        }
    }

    /// Waits until nobody else uses the conversation's process.
    pub(crate) async fn lock(&self, conversation: ConversationId) -> OwnedMutexGuard<Slot> {
        let slot = self
            .slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(conversation)
            .or_default()
            .clone();
        slot.lock_owned().await
    }

    /// Those that no session uses, locked; empty slots are forgotten.
    pub(crate) fn unused(&self) -> Vec<(ConversationId, OwnedMutexGuard<Slot>)> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unused = Vec::new();
        slots.retain(|conversation, slot| match slot.clone().try_lock_owned() {
            Ok(guard) if guard.is_none() => false,
            Ok(guard) => {
                unused.push((*conversation, guard));
                true
            }
            Err(_) => true,
        });
        unused
    }
}

/// A process to talk to.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) id: ProcessId,
    /// Whether it was started with an earlier session's memory.
    pub(crate) resumed: bool,
}

/// The key that keeps two processes from sharing a session.
fn exclusive(conversation: ConversationId) -> String {
    format!("claude.{conversation}")
}

/// The conversation of an [`exclusive`] key.
fn conversation_of(key: &str) -> Option<ConversationId> {
    key.strip_prefix("claude.")?.parse().ok()
}

/// Whether a process that was used before can be used again.
pub(crate) fn is_warm(slot: &Slot, berth: &Berth) -> bool {
    slot.as_ref()
        .is_some_and(|warm| warm.boot == berth.boot_id())
}

/// The conversation's process: the warm one, one that an earlier incarnation of this runner left, or a new one.
pub(crate) async fn ensure(
    context: &Context,
    slot: &mut Slot,
    berth: &Berth,
    user: UserId,
    conversation: ConversationId,
    session: Option<&str>,
) -> Result<Ready, ClientError> {
    if let Some(warm) = slot.as_ref().filter(|_| is_warm(slot, berth)) {
        return Ok(Ready {
            id: warm.id.clone(),
            resumed: false,
        });
    }
    let now = context.deps.clock.now();
    let session = match session {
        Some(id) => Session::Resume(id.to_owned()),
        None => Session::New(context.deps.clock.uuid().to_string()),
    };
    let spec = spec(context, berth, conversation, &session)?;
    let id = match berth.client().start(&spec).await {
        Ok(started) => started.process.id,
        Err(ClientError::Refused {
            code: ErrorCode::Exclusive,
            process: Some(holder),
            ..
        }) => holder,
        Err(error) => return Err(error),
    };
    let resumed = id == spec.id && matches!(session, Session::Resume(_));
    *slot = Some(Warm {
        id: id.clone(),
        boot: berth.boot_id().to_owned(),
        user,
        last_used: now,
    });
    Ok(Ready { id, resumed })
}

fn spec(
    context: &Context,
    berth: &Berth,
    conversation: ConversationId,
    session: &Session,
) -> Result<ProcessSpec, ClientError> {
    let config = &context.config.claude;
    let id = ProcessId::new(format!("claude.{}", context.deps.clock.uuid()))
        .map_err(|error| ClientError::Protocol(error.to_string()))?;
    let token = context.deps.token_key.derive(id.as_str());
    let paths = berth.paths();
    let mut spec = ProcessSpec::new(id, command::argv(config, session));
    spec.env = command::env(config, paths, &token);
    spec.cwd.clone_from(&paths.workspace);
    (spec.uid, spec.gid) = berth
        .process_user()
        .map_or((None, None), |(uid, gid)| (Some(uid), Some(gid)));
    spec.stdin = true;
    spec.ring_bytes = Some(RING);
    spec.exclusive = Some(exclusive(conversation));
    Ok(spec)
}
