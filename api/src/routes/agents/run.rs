//! `POST /api/agents/{id}/runs`

use axum::extract::State;
use berth_domain::agent::AgentSnapshot;
use berth_domain::dispatch::Request;
use berth_domain::ids::MessageId;
use berth_domain::run::Trigger;
use berth_domain::user::CredentialKind;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::{MaybeJson, Path};
use crate::idempotency;
use crate::problem::{Code, Field, Problem, Result};
use crate::routes::conversations::{AcceptedResponse, accepted};
use crate::schema::{AcceptedView, AgentFields};
use crate::session::Session;

/// What is run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = RunAgentRequest)]
pub(super) struct RunRequest {
    /// A draft to be tried out in place of what is saved; fields that it leaves out are the saved ones.
    spec: Option<AgentFields>,
}

/// Runs an agent now, whether it is active or not; its own log is a new conversation.
#[utoipa::path(
    post,
    path = "/api/agents/{id}/runs",
    operation_id = "runAgent",
    tag = "agents",
    params(
        ("id" = Uuid, Path, description = "The agent"),
        (
            "Idempotency-Key" = Option<String>,
            Header,
            description = "1 to 255 visible characters. The same key on the same agent starts one run only, however often it is sent",
            min_length = 1,
            max_length = 255
        )
    ),
    request_body = Option<RunRequest>,
    responses(
        (
            status = 202,
            body = AcceptedView,
            description = "Queued",
            headers(("Location" = String, description = "The run"))
        ),
        (status = 409, description = "The id is taken: `message.id_taken`"),
        (status = 429, description = "Too many runs at once: `quota.concurrent_runs`")
    )
)]
#[tracing::instrument(name = "api.agents.run", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn run_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    MaybeJson(request): MaybeJson<RunRequest>,
) -> Result<AcceptedResponse> {
    let message_id = MessageId(idempotency::id(
        &headers,
        session.user_id,
        id.as_bytes(),
        &*app.deps.clock,
    )?);
    let agent = owned(&app, &session, id).await?;
    let mut snapshot = agent.snapshot();
    if let Some(draft) = request.spec {
        snapshot = drafted(snapshot, draft)?;
    }
    let stored = app
        .submit(Request {
            user_id: session.user_id,
            message_id,
            conversation_id: None,
            agent_id: Some(agent.id),
            content: snapshot.spec.prompt.clone(),
            agent: Some(snapshot),
            trigger: match session.kind {
                CredentialKind::ApiToken => Trigger::Api,
                CredentialKind::Session | CredentialKind::SignInLink => Trigger::Manual,
            },
            retry_of: None,
        })
        .await?;
    Ok(accepted(AcceptedView::new(message_id, &stored)))
}

/// The agent as a draft has it, which is no version of it.
fn drafted(saved: AgentSnapshot, draft: AgentFields) -> Result<AgentSnapshot> {
    let mut errors = Vec::new();
    let spec = draft.over(saved.spec, &mut errors);
    errors.extend(spec.errors().into_iter().map(Field::from));
    if errors.is_empty() {
        return Ok(AgentSnapshot {
            number: saved.number,
            version: None,
            spec,
        });
    }
    let errors = errors.into_iter().map(|field| field.within("spec/"));
    Err(Problem::of_fields(Code::AgentInvalid, errors.collect()))
}
