//! The user's workspace.

mod get;
mod wake;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, Shared};
use crate::schema::WorkspaceView;
use crate::session::Session;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(get::get_workspace))
        .routes(routes!(wake::wake_workspace))
}

async fn view(app: &App, session: &Session) -> WorkspaceView {
    let status = app.deps.workspaces.status(session.user_id).await;
    WorkspaceView::new(status, app.deps.model.status())
}
