//! Agents: what they do, when they run, what they may know.

mod create;
mod delete;
mod duplicate;
mod export;
mod get;
mod import;
mod list;
mod rollback;
mod run;
mod schedule;
mod secrets;
mod slots;
mod update;
mod versions;
mod view;

use axum::extract::DefaultBodyLimit;
use berth_domain::agent::Agent;
use berth_domain::ids::AgentId;
use berth_domain::scheduling::Refused;
use http::{StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::{App, Shared};
use crate::problem::{Code, Field, Problem, Result};
use crate::schema::AgentView;
use crate::session::Session;

/// Largest body with an agent in it: a prompt of 64 KiB of which every character may be escaped, and the rest.
const BODY_LIMIT: usize = 512 * 1024;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list_agents, create::create_agent))
        .routes(routes!(import::import_agent))
        .routes(routes!(
            get::get_agent,
            update::update_agent,
            delete::delete_agent
        ))
        .routes(routes!(duplicate::duplicate_agent))
        .routes(routes!(versions::list_agent_versions))
        .routes(routes!(rollback::roll_back_agent))
        .routes(routes!(export::export_agent))
        .routes(routes!(run::run_agent))
        .routes(routes!(slots::list_slots))
        .merge(schedule::router())
        .merge(secrets::router())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// The user's own agent of that id.
pub(super) async fn owned(app: &App, session: &Session, id: Uuid) -> Result<Agent> {
    let found = app.deps.agents.agent(session.user_id, AgentId(id)).await?;
    found.ok_or(Problem::from(Code::AgentNotFound))
}

/// 201 with the agent's address.
type Created = (
    StatusCode,
    [(header::HeaderName, String); 1],
    axum::Json<AgentView>,
);

fn created(view: AgentView) -> Created {
    let location = format!("/api/agents/{}", view.id);
    (
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        axum::Json(view),
    )
}

/// What a client is told; `invalid` is the code where fields are wrong.
pub(super) fn refused(refused: Refused, invalid: Code) -> Problem {
    match refused {
        Refused::Invalid(errors) => {
            Problem::of_fields(invalid, errors.into_iter().map(Field::from).collect())
        }
        Refused::OverQuota { limit } => Problem::with(Code::AgentQuota, limit.into()),
        Refused::IdTaken => Code::AgentIdTaken.into(),
        Refused::UnknownAgent => Code::AgentNotFound.into(),
        Refused::NoSchedule => Code::ScheduleNotFound.into(),
        Refused::TooMany { max } => Problem::with(Code::BackfillTooMany, max as u64),
        Refused::Contended => Code::ScheduleBusy.into(),
        Refused::Store(error) => error.into(),
    }
}
