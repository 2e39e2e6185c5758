//! The signed-in user.

mod onboarding;
mod profile;

use berth_domain::user::User;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, Shared};
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(profile::get_profile))
        .routes(routes!(onboarding::save_onboarding))
}

/// The session's user; one who has been removed is signed out.
pub(super) async fn user_of(app: &App, session: &Session) -> Result<User> {
    let user = app.deps.users.user(session.user_id).await?;
    user.ok_or(Problem::from(Code::AuthRequired))
}
