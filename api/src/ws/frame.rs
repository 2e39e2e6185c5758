//! The frames: one JSON object each.

use berth_domain::event::Delta;
use berth_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::language::Language;
use crate::problem::Problem;
use crate::schema::{EventRecord, WorkspaceWord};

/// What a client may send. Ids are read as text, so that a wrong one is answered with a code of its own.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ClientFrame {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Short form: text for the newest conversation.
    pub(super) message: Option<String>,
    pub(super) id: Option<String>,
    pub(super) conversation_id: Option<String>,
    pub(super) agent_id: Option<String>,
    pub(super) content: Option<String>,
    pub(super) after: Option<u64>,
}

/// What the server sends.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerFrame {
    /// At the start, and whenever the workspace's state has changed.
    Ready {
        user_id: UserId,
        workspace: WorkspaceWord,
    },
    /// The message is durable.
    Accepted {
        id: Uuid,
        conversation_id: Uuid,
        run_id: Uuid,
    },
    /// Stored.
    Event(EventRecord),
    /// Live text, not stored.
    Delta(Delta),
    Pong,
    /// A client's frame was not carried out, or a subscription is in trouble.
    Error {
        code: &'static str,
        message: String,
        id: Option<Uuid>,
    },
}

impl ServerFrame {
    /// An error frame; `id` names the message it is about.
    pub(super) fn error(problem: &Problem, id: Option<Uuid>, language: Language) -> Self {
        Self::Error {
            code: problem.code().as_str(),
            message: problem.text(language),
            id,
        }
    }

    /// The word in `type`, for figures.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Accepted { .. } => "accepted",
            Self::Event(_) => "event",
            Self::Delta(_) => "delta",
            Self::Pong => "pong",
            Self::Error { .. } => "error",
        }
    }
}
