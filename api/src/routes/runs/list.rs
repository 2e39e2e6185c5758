//! `GET /api/runs`

use axum::Json;
use axum::extract::State;
use berth_domain::ids::{AgentId, ConversationId};
use berth_domain::ports::runs::RunFilter;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::{Items, PageQuery, RunView};
use crate::session::Session;

/// Which runs are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Of one agent only.
    agent_id: Option<Uuid>,
    /// Of one conversation only.
    conversation_id: Option<Uuid>,
}

/// The user's runs, newest first.
#[utoipa::path(
    get,
    path = "/api/runs",
    operation_id = "listRuns",
    tag = "runs",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Items<RunView>, description = "A page"))
)]
#[tracing::instrument(name = "api.runs.list", skip_all, fields(user.id))]
pub(super) async fn list_runs(
    State(app): State<Shared>,
    session: Session,
    Query(filter): Query<ListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<RunView>>> {
    let filter = RunFilter {
        agent_id: filter.agent_id.map(AgentId),
        conversation_id: filter.conversation_id.map(ConversationId),
        ..RunFilter::default()
    };
    let page = app
        .deps
        .runs
        .list_runs(session.user_id, &filter, &page.request()?)
        .await?;
    Ok(Json(Items::of(page)))
}
