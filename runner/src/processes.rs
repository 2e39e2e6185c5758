//! One Claude Code process a conversation, kept warm between messages, never two on one session. A run of an agent has a
//! process of its own, which ends with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ids::{ConversationId, UserId};
use berth_supervisor_protocol::process::{Input, StdinAccepted};
use berth_supervisor_protocol::{
    ByteStream, ClientError, ErrorCode, Followed, Process, ProcessId, ProcessSpec,
};
use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use crate::agent::AgentRun;
use crate::claude::command::{self, Purpose, Session};
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
    /// Whether it was started for one run of an agent, and so for nothing that follows.
    pub(crate) for_one_run: bool,
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
            let key = process.exclusive.as_deref().and_then(conversation_of);
            let Some((conversation, for_one_run)) = key else {
                continue;
            };
            let warm = Warm {
                id: process.id.clone(),
                boot: berth.boot_id().to_owned(),
                user,
                last_used: now,
                for_one_run,
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
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) id: ProcessId,
    /// Whether it was started with an earlier session's memory.
    pub(crate) resumed: bool,
    /// Whether it has the run's message already.
    pub(crate) given: Option<StdinAccepted>,
    /// All that it writes, where it was started just now.
    pub(crate) output: Option<ByteStream>,
}

/// What became of a start.
#[derive(Debug)]
pub(crate) enum Begun {
    Ready(Ready),
    /// An earlier claim of the run has started this process, and it has ended: what it has done is not known.
    Ended,
}

/// What [`exclusive`] keys begin with: of a chat, and of a run of an agent, whose conversation is its own.
const CHAT: &str = "claude.";
const AGENT_RUN: &str = "agent-run.";

/// The key that keeps two processes from sharing a session.
fn exclusive(conversation: ConversationId, agent: Option<&AgentRun>) -> String {
    let prefix = agent.map_or(CHAT, |_| AGENT_RUN);
    format!("{prefix}{conversation}")
}

/// The conversation of an [`exclusive`] key, and whether it is that of one run.
fn conversation_of(key: &str) -> Option<(ConversationId, bool)> {
    let chat = key.strip_prefix(CHAT).map(|id| (id, false));
    let (id, for_one_run) = chat.or_else(|| Some((key.strip_prefix(AGENT_RUN)?, true)))?;
    Some((id.parse().ok()?, for_one_run))
}

/// Whether a process that was used before can be used again.
pub(crate) fn is_warm(slot: &Slot, berth: &Berth) -> bool {
    slot.as_ref()
        .is_some_and(|warm| warm.boot == berth.boot_id())
}

/// Whose process is wanted, and what for.
pub(crate) struct Wanted<'a> {
    pub(crate) user: UserId,
    pub(crate) conversation: ConversationId,
    /// The session to go on with.
    pub(crate) session: Option<&'a str>,
    /// The agent it runs; `None` for a chat.
    pub(crate) agent: Option<&'a AgentRun>,
    /// Whether somebody may be watching.
    pub(crate) attended: bool,
    /// What it finds on its standard input.
    pub(crate) input: Option<Input>,
}

/// The warm process, if there is one.
pub(crate) fn warm(slot: &Slot, berth: &Berth) -> Option<Ready> {
    let warm = slot.as_ref().filter(|_| is_warm(slot, berth))?;
    Some(Ready {
        id: warm.id.clone(),
        resumed: false,
        given: None,
        output: None,
    })
}

/// Starts a process named `id`, or finds the one that has the name or holds the conversation's session, because an earlier
/// claim of the run or an earlier incarnation of this runner left it.
pub(crate) async fn start(
    context: &Context,
    slot: &mut Slot,
    berth: &Berth,
    mut wanted: Wanted<'_>,
    id: ProcessId,
) -> Result<Begun, ClientError> {
    let session = match wanted.session {
        Some(id) => Session::Resume(id.to_owned()),
        None => Session::New(context.deps.clock.uuid().to_string()),
    };
    let spec = spec(context, berth, &mut wanted, &session, id);
    let (id, given, output) = match berth.client().start_and_follow(&spec).await {
        Ok(Followed { started, .. }) if !started.created && !started.process.is_running() => {
            return Ok(Begun::Ended);
        }
        Ok(Followed { started, stdout }) => (started.process.id, started.process.input, stdout),
        Err(ClientError::Refused {
            code: ErrorCode::Exclusive,
            process: Some(holder),
            ..
        }) => (holder, None, None),
        Err(error) => return Err(error),
    };
    let resumed = id == spec.id && matches!(session, Session::Resume(_));
    *slot = Some(Warm {
        id: id.clone(),
        boot: berth.boot_id().to_owned(),
        user: wanted.user,
        last_used: context.deps.clock.now(),
        for_one_run: wanted.agent.is_some(),
    });
    Ok(Begun::Ready(Ready {
        id,
        resumed,
        given,
        output,
    }))
}

fn spec(
    context: &Context,
    berth: &Berth,
    wanted: &mut Wanted<'_>,
    session: &Session,
    id: ProcessId,
) -> ProcessSpec {
    let config = &context.config.claude;
    let token = context.deps.token_key.derive(id.as_str());
    let account = berth.account(wanted.agent.map(|agent| agent.seat));
    let purpose = match (wanted.agent, wanted.attended) {
        (None, _) => Purpose::Chat,
        (Some(_), true) => Purpose::AgentRun,
        (Some(_), false) => Purpose::Unattended,
    };
    let model = wanted.agent.and_then(|agent| agent.spec.model.as_deref());
    let argv = command::argv(config, session, purpose, model, account.paths.gateway);
    let mut spec = ProcessSpec::new(id, argv);
    spec.env = command::env(config, &account.paths, &token);
    account.put_into(&mut spec);
    if let Some(agent) = wanted.agent {
        command::add_secrets(&mut spec.env, agent.secrets());
    }
    spec.stdin = true;
    spec.input = wanted.input.take();
    spec.ring_bytes = Some(RING);
    spec.exclusive = Some(exclusive(wanted.conversation, wanted.agent));
    spec
}
