//! `POST /api/proposals/{id}/confirm`

use axum::Json;
use axum::extract::State;
use berth_domain::agent::{AgentSpec, AgentStatus};
use berth_domain::ids::AgentId;
use berth_domain::ports::proposals::Decision;
use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};
use berth_domain::schedule::ScheduleSpec;
use berth_domain::scheduling::{self, NewWork};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{decide, owned, view};
use crate::app::{App, Shared};
use crate::extract::{MaybeJson, Path};
use crate::problem::{Code, Field, Problem, Result};
use crate::routes::agents::refused;
use crate::schema::{AgentFields, Given, ProposalView, ScheduleFields};
use crate::session::Session;

/// What the user changed before confirming.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct ConfirmRequest {
    /// Fields of the agent; the others are as proposed.
    agent: Option<AgentFields>,
    /// The schedule; left out it is as proposed, null is none.
    #[serde(default)]
    #[schema(value_type = Option<ScheduleFields>)]
    schedule: Given<ScheduleFields>,
}

/// Confirms a proposal: the agent is saved and active, or scheduled. Confirming again changes nothing.
#[utoipa::path(
    post,
    path = "/api/proposals/{id}/confirm",
    operation_id = "confirmProposal",
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal")),
    request_body = Option<ConfirmRequest>,
    responses(
        (status = 200, body = ProposalView, description = "Confirmed; `agent_id` names the agent"),
        (status = 409, description = "It was declined before: `proposal.decided`. As many agents as allowed: `quota.agents`")
    )
)]
#[tracing::instrument(name = "api.proposals.confirm", skip_all, fields(user.id, proposal.id = %id))]
pub(super) async fn confirm_proposal(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    MaybeJson(request): MaybeJson<ConfirmRequest>,
) -> Result<Json<ProposalView>> {
    let proposal = owned(&app, &session, id).await?;
    let proposal = match proposal.state {
        ProposalState::Confirmed => proposal,
        ProposalState::Declined => return Err(Code::ProposalDecided.into()),
        ProposalState::Open => {
            let id = proposal.id;
            let confirmed = carry_out(&app, &session, proposal, request).await?;
            decide(&app, &session, id, &confirmed).await?
        }
    };
    Ok(Json(view(&app, &session, proposal).await?))
}

/// Does what is proposed, with the user's changes in it, and tells what was saved; the agent's id is the proposal's, so that confirming twice saves once.
async fn carry_out(
    app: &App,
    session: &Session,
    proposal: Proposal,
    request: ConfirmRequest,
) -> Result<Decision> {
    let user_id = session.user_id;
    let (agent, schedule) = edited(proposal.body, request)?;
    match agent {
        About::New(spec) => {
            let work = NewWork {
                id: AgentId(proposal.id.0),
                user_id,
                spec: *spec,
                status: AgentStatus::Active,
                schedule,
                limit: app.config.agents,
            };
            let saved = scheduling::save_agent(app.scheduling(), work).await;
            let (agent, schedule) = saved.map_err(|error| refused(error, Code::AgentInvalid))?;
            Ok(Decision::Confirm {
                agent: agent.id,
                saved: Box::new(ProposalBody::Agent {
                    agent: agent.spec,
                    schedule: schedule.map(|schedule| schedule.spec),
                }),
            })
        }
        About::Known(agent) => {
            let spec = schedule.ok_or(Problem::from(Code::ScheduleInvalid))?;
            let schedule = scheduling::put_schedule(app.scheduling(), user_id, agent, spec)
                .await
                .map_err(|error| refused(error, Code::ScheduleInvalid))?;
            Ok(Decision::Confirm {
                agent,
                saved: Box::new(ProposalBody::Schedule {
                    agent_id: agent,
                    schedule: schedule.spec,
                }),
            })
        }
    }
}

/// Which agent a proposal is about.
enum About {
    New(Box<AgentSpec>),
    Known(AgentId),
}

/// The proposal with the user's changes in it.
fn edited(body: ProposalBody, request: ConfirmRequest) -> Result<(About, Option<ScheduleSpec>)> {
    let mut errors = Vec::new();
    // What the user wants in place of the proposed schedule, if anything: another one, or none.
    let changed = match request.schedule {
        Given::Absent => None,
        Given::Null => Some(None),
        Given::Value(fields) => match fields.into_spec() {
            Ok(spec) => Some(Some(spec)),
            Err(found) => {
                errors.extend(found.into_iter().map(|field| field.within("schedule/")));
                None
            }
        },
    };
    let (about, schedule) = match body {
        ProposalBody::Agent { agent, schedule } => {
            let spec = request.agent.unwrap_or_default().over(agent, &mut errors);
            errors.extend(spec.errors().into_iter().map(Field::from));
            (About::New(Box::new(spec)), changed.unwrap_or(schedule))
        }
        ProposalBody::Schedule { agent_id, schedule } => {
            (About::Known(agent_id), changed.unwrap_or(Some(schedule)))
        }
    };
    if errors.is_empty() {
        Ok((about, schedule))
    } else {
        Err(Problem::of_fields(Code::AgentInvalid, errors))
    }
}
