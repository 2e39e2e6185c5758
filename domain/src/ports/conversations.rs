//! Conversations and messages.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::conversation::{Conversation, Message};
use crate::ids::{ConversationId, UserId};
use crate::page::{Page, PageRequest};

/// Conversations of one user. Another user's id answers as if it did not exist.
#[async_trait]
pub trait Conversations: Send + Sync + std::fmt::Debug {
    /// Stores an empty conversation.
    async fn create_conversation(&self, conversation: &Conversation) -> StoreResult<()>;

    /// The conversation, if this user owns it.
    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<Conversation>>;

    /// Newest first by last change; `query` keeps those whose title contains it, case ignored.
    async fn list_conversations(
        &self,
        user: UserId,
        query: Option<&str>,
        page: &PageRequest,
    ) -> StoreResult<Page<Conversation>>;

    /// The conversation with the newest change.
    async fn newest_conversation(&self, user: UserId) -> StoreResult<Option<ConversationId>>;

    /// Gives it another title; `false` when there is no such conversation.
    async fn rename_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        title: &str,
        now: Timestamp,
    ) -> StoreResult<bool>;

    /// Removes it with its messages, events and ended runs; refuses (`Some(false)`) while a run is queued or running.
    async fn delete_conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<bool>>;

    /// Messages, oldest first; empty for a conversation of somebody else.
    async fn list_messages(
        &self,
        user: UserId,
        id: ConversationId,
        page: &PageRequest,
    ) -> StoreResult<Page<Message>>;
}
