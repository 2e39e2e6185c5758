//! `POST /api/agents`

use axum::extract::State;
use berth_domain::agent::AgentStatus;
use berth_domain::ids::{AgentId, ConversationId};
use berth_domain::scheduling::{self, NewWork};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::view;
use super::{Created, created, refused};
use crate::app::{App, Shared};
use crate::extract::Json;
use crate::idempotency;
use crate::problem::{Code, Field, Problem, Result};
use crate::schema::{AgentFields, AgentView, ScheduleFields, StatusWord};
use crate::session::Session;

/// A new agent.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewAgentRequest)]
pub(super) struct AgentRequest {
    /// What it does; `name` and `prompt` are needed.
    #[serde(flatten)]
    fields: AgentFields,
    /// `active` when left out.
    status: Option<StatusWord>,
    /// The conversation it was made from; it must be the user's.
    from_conversation_id: Option<Uuid>,
    /// When it runs by itself.
    schedule: Option<ScheduleFields>,
}

/// Saves a new agent, with or without a schedule.
#[utoipa::path(
    post,
    path = "/api/agents",
    operation_id = "createAgent",
    tag = "agents",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        description = "1 to 255 visible characters. The same key saves one agent only, however often it is sent",
        min_length = 1,
        max_length = 255
    )),
    responses(
        (
            status = 201,
            body = AgentView,
            description = "Saved",
            headers(("Location" = String, description = "Where it is"))
        ),
        (status = 404, description = "No such conversation: `conversation.not_found`"),
        (status = 409, description = "As many agents as allowed: `quota.agents`. The key's agent was deleted: `agent.id_taken`")
    )
)]
#[tracing::instrument(name = "api.agents.create", skip_all, fields(user.id))]
pub(super) async fn create_agent(
    State(app): State<Shared>,
    session: Session,
    headers: HeaderMap,
    Json(request): Json<AgentRequest>,
) -> Result<Created> {
    let id = idempotency::id(&headers, session.user_id, b"agents", &*app.deps.clock)?;
    if let Some(conversation) = request.from_conversation_id {
        let id = ConversationId(conversation);
        let found = app.deps.conversations.conversation(session.user_id, id);
        if found.await?.is_none() {
            return Err(Code::ConversationNotFound.into());
        }
    }
    let status = request.status.unwrap_or(StatusWord::Active).into();
    let work = new_work(
        &app,
        &session,
        AgentId(id),
        request.fields,
        request.schedule,
    )?;
    let work = NewWork { status, ..work };
    save(&app, &session, work).await
}

/// A new agent from what a client wrote, inactive; every field that is wrong is named.
pub(super) fn new_work(
    app: &App,
    session: &Session,
    id: AgentId,
    fields: AgentFields,
    schedule: Option<ScheduleFields>,
) -> Result<NewWork> {
    let mut errors = Vec::new();
    let spec = fields.into_spec(&mut errors);
    errors.extend(spec.errors().into_iter().map(Field::from));
    let schedule = match schedule.map(ScheduleFields::into_spec).transpose() {
        Ok(schedule) => schedule,
        Err(found) => {
            errors.extend(found.into_iter().map(|field| field.within("schedule/")));
            None
        }
    };
    if !errors.is_empty() {
        return Err(Problem::of_fields(Code::AgentInvalid, errors));
    }
    Ok(NewWork {
        id,
        user_id: session.user_id,
        spec,
        status: AgentStatus::Inactive,
        schedule,
        limit: app.config.agents,
    })
}

/// Saves it and answers 201.
pub(super) async fn save(app: &App, session: &Session, work: NewWork) -> Result<Created> {
    let (agent, _) = scheduling::save_agent(app.scheduling(), work)
        .await
        .map_err(|error| refused(error, Code::AgentInvalid))?;
    Ok(created(view(app, session, agent).await?))
}
