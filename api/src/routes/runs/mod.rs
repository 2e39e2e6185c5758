//! Runs.

mod audit;
mod cancel;
mod events;
mod files;
mod filter;
mod get;
mod list;
mod retry;
mod zip;

use berth_domain::ids::RunId;
use berth_domain::run::Run;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::{App, Shared};
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

pub(super) use files::made_files;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list_runs))
        .routes(routes!(get::get_run))
        .routes(routes!(cancel::cancel_run))
        .routes(routes!(retry::retry_run))
        .routes(routes!(events::list_run_events))
        .routes(routes!(files::list_run_files))
        .routes(routes!(zip::zip_run))
        .routes(routes!(audit::list_run_audit))
}

/// The user's own run of that id.
async fn owned(app: &App, session: &Session, id: Uuid) -> Result<Run> {
    let found = app.deps.runs.run(session.user_id, RunId(id)).await?;
    found.ok_or(Problem::from(Code::RunNotFound))
}
