//! Conversations and messages.

use berth_domain::conversation::{Conversation, Message};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::event::RoleWord;

/// A thread of messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(crate) struct ConversationView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The agent it is about, if any.
    agent_id: Option<Uuid>,
    /// The first message's first line until somebody renames it; empty before the first message.
    title: String,
    /// Creation.
    created_at: Timestamp,
    /// Last message or event.
    updated_at: Timestamp,
    /// Number of the newest event; 0 before the first.
    last_seq: u64,
    /// The run that is queued or running, oldest first, if any.
    active_run_id: Option<Uuid>,
}

impl From<Conversation> for ConversationView {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id.0,
            agent_id: conversation.agent_id.map(|id| id.0),
            title: conversation.title,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
            last_seq: conversation.last_seq,
            active_run_id: conversation.active_run_id.map(|id| id.0),
        }
    }
}

/// A message, as stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView {
    /// The client's id for a user's message.
    id: Uuid,
    /// Where it was said.
    conversation_id: Uuid,
    /// Who said it.
    role: RoleWord,
    /// Plain text or Markdown, whole.
    content: String,
    /// The run it set off, or the run that answered.
    run_id: Uuid,
    /// When it was stored.
    created_at: Timestamp,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.0,
            conversation_id: message.conversation_id.0,
            role: message.role.into(),
            content: message.content,
            run_id: message.run_id.0,
            created_at: message.created_at,
        }
    }
}
