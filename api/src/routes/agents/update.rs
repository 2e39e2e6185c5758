//! `PATCH /api/agents/{id}`

use axum::extract::State;
use berth_domain::agent::{Agent, VersionNote};
use berth_domain::ports::agents::{AgentChange, ChangedAgent};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned;
use super::view::view;
use crate::app::{App, Shared};
use crate::extract::{Json, Path};
use crate::problem::{Code, Field, Problem, Result};
use crate::schema::{AgentFields, AgentView, StatusWord};
use crate::session::Session;

/// What is changed; everything else stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ChangeAgentRequest)]
pub(super) struct UpdateRequest {
    /// Fields of its content. A change of them is a new version.
    #[serde(flatten)]
    fields: AgentFields,
    /// Whether its schedule fires. No new version.
    status: Option<StatusWord>,
    /// The version the change was made from; without it, the fields are put over whatever is there.
    expected_version: Option<u32>,
}

/// Changes an agent's content, status, or both.
#[utoipa::path(
    patch,
    path = "/api/agents/{id}",
    operation_id = "updateAgent",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses(
        (status = 200, body = AgentView, description = "The agent as it now stands"),
        (status = 409, description = "Somebody changed it in between: `agent.changed`")
    )
)]
#[tracing::instrument(name = "api.agents.update", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn update_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Json(request): Json<UpdateRequest>,
) -> Result<axum::Json<AgentView>> {
    let mut agent = owned(&app, &session, id).await?;
    let expected = request.expected_version;
    if expected.is_some_and(|version| version != agent.version) {
        return Err(Code::AgentChanged.into());
    }
    if !request.fields.is_empty() {
        agent = change(&app, &session, agent, request.fields).await?;
    }
    if let Some(status) = request.status {
        let now = app.deps.clock.now();
        let changed = app
            .deps
            .agents
            .set_agent_status(session.user_id, agent.id, status.into(), now)
            .await?;
        agent = changed.ok_or(Problem::from(Code::AgentNotFound))?;
        ring(&app, &session, &agent).await?;
    }
    Ok(axum::Json(view(&app, &session, agent).await?))
}

/// Stores the fields over exactly the version they were laid over, so that no change in between is lost.
async fn change(app: &App, session: &Session, agent: Agent, fields: AgentFields) -> Result<Agent> {
    let mut errors = Vec::new();
    let spec = fields.over(agent.spec, &mut errors);
    errors.extend(spec.errors().into_iter().map(Field::from));
    if !errors.is_empty() {
        return Err(Problem::of_fields(Code::AgentInvalid, errors));
    }
    let change = AgentChange {
        spec,
        expected_version: Some(agent.version),
        note: VersionNote::Edited,
        now: app.deps.clock.now(),
    };
    store(app, session, agent.id.0, &change).await
}

/// Makes a new version.
pub(super) async fn store(
    app: &App,
    session: &Session,
    id: Uuid,
    change: &AgentChange,
) -> Result<Agent> {
    let agents = &app.deps.agents;
    match agents
        .change_agent(session.user_id, id.into(), change)
        .await?
    {
        ChangedAgent::Saved(agent) => Ok(*agent),
        ChangedAgent::Conflict { .. } => Err(Code::AgentChanged.into()),
        ChangedAgent::Unknown => Err(Code::AgentNotFound.into()),
    }
}

/// Whoever fires schedules looks at this agent's again.
async fn ring(app: &App, session: &Session, agent: &Agent) -> Result<()> {
    let schedules = &app.deps.schedules;
    if let Some(schedule) = schedules.schedule(session.user_id, agent.id).await? {
        app.deps.alarm.changed(schedule.id).await;
    }
    Ok(())
}
