//! Conversations, their messages and their event logs.

mod create;
mod delete;
mod draft;
mod events;
mod get;
mod list;
mod messages;
mod send;
mod update;

use axum::extract::DefaultBodyLimit;
use berth_domain::conversation::{Conversation, MAX_TITLE};
use berth_domain::ids::ConversationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::{App, MESSAGE_BODY_LIMIT, Shared};
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

pub(super) use send::{AcceptedResponse, accepted};

pub(super) fn router() -> OpenApiRouter<Shared> {
    let messages = OpenApiRouter::new()
        .routes(routes!(messages::list_messages, send::send_message))
        .layer(DefaultBodyLimit::max(MESSAGE_BODY_LIMIT));
    OpenApiRouter::new()
        .routes(routes!(
            list::list_conversations,
            create::create_conversation
        ))
        .routes(routes!(
            get::get_conversation,
            update::update_conversation,
            delete::delete_conversation
        ))
        .routes(routes!(events::list_conversation_events))
        .routes(routes!(draft::draft_agent))
        .merge(messages)
}

/// The user's own conversation of that id.
async fn owned(app: &App, session: &Session, id: Uuid) -> Result<Conversation> {
    let found = app
        .deps
        .conversations
        .conversation(session.user_id, ConversationId(id))
        .await?;
    found.ok_or(Problem::from(Code::ConversationNotFound))
}

/// A title as it is stored: trimmed, one line, not longer than a title may be.
fn checked_title(title: &str) -> Result<&str> {
    let title = title.trim();
    let length = title.chars().count();
    if (1..=MAX_TITLE).contains(&length) && !title.contains(char::is_control) {
        Ok(title)
    } else {
        Err(Problem::with(Code::ConversationTitle, MAX_TITLE as u64))
    }
}
