//! `GET /api/conversations/{id}/draft`

use axum::Json;
use axum::extract::State;
use berth_domain::event::{Event, Role};
use berth_domain::ids::ConversationId;
use berth_domain::page::{MAX_LIMIT, PageRequest};
use uuid::Uuid;

use super::owned;
use crate::app::{App, Shared};
use crate::draft::{Material, draft};
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::AgentSpecView;
use crate::session::Session;

/// Runs whose files are looked at, from the end.
const RUNS: usize = 20;
/// Marks of each.
const MARKS: u32 = 200;

/// Proposes an agent that does again what was asked in a conversation. The same conversation gives the same proposal; nothing is
/// saved.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/draft",
    operation_id = "draftAgent",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = AgentSpecView, description = "The proposal"))
)]
#[tracing::instrument(name = "api.conversations.draft", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn draft_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<AgentSpecView>> {
    let conversation = owned(&app, &session, id).await?;
    let material = material(&app, &session, conversation.id, conversation.title).await?;
    Ok(Json(draft(&material).into()))
}

/// What was asked and what was made, oldest first.
async fn material(
    app: &App,
    session: &Session,
    id: ConversationId,
    title: String,
) -> Result<Material> {
    let page = PageRequest {
        cursor: None,
        limit: Some(MAX_LIMIT),
    };
    let conversations = &app.deps.conversations;
    let messages = conversations
        .list_messages(session.user_id, id, &page)
        .await?;
    let asked: Vec<_> = messages
        .items
        .into_iter()
        .filter(|message| message.role == Role::User)
        .collect();
    let mut files = Vec::new();
    for message in asked.iter().skip(asked.len().saturating_sub(RUNS)) {
        for mark in app.deps.events.run_marks(message.run_id, MARKS).await? {
            if let Event::File { path, .. } = mark.event {
                files.push(path);
            }
        }
    }
    Ok(Material {
        title,
        requests: asked.into_iter().map(|message| message.content).collect(),
        files,
    })
}
