//! `GET /api/runs`

use axum::Json;
use axum::extract::{RawQuery, State};

use super::filter::{FilterQuery, StateQuery};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::{Items, PageQuery, RunView};
use crate::session::Session;

/// The user's runs, newest first.
#[utoipa::path(
    get,
    path = "/api/runs",
    operation_id = "listRuns",
    tag = "runs",
    params(FilterQuery, StateQuery, PageQuery),
    responses((status = 200, body = Items<RunView>, description = "A page"))
)]
#[tracing::instrument(name = "api.runs.list", skip_all, fields(user.id))]
pub(super) async fn list_runs(
    State(app): State<Shared>,
    session: Session,
    Query(query): Query<FilterQuery>,
    RawQuery(raw): RawQuery,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<RunView>>> {
    let filter = query.filter(raw.as_deref().unwrap_or_default())?;
    let page = app
        .deps
        .runs
        .list_runs(session.user_id, &filter, &page.request()?)
        .await?;
    Ok(Json(Items::of(page)))
}
