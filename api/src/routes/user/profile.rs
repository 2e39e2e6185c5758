//! `GET /api/user/profile`

use axum::Json;
use axum::extract::State;

use super::user_of;
use crate::app::Shared;
use crate::problem::Result;
use crate::schema::ProfileView;
use crate::session::Session;

/// The signed-in user.
#[utoipa::path(
    get,
    path = "/api/user/profile",
    operation_id = "getProfile",
    tag = "user",
    responses((status = 200, body = ProfileView, description = "Who is signed in"))
)]
#[tracing::instrument(name = "api.user.profile", skip_all, fields(user.id))]
pub(super) async fn get_profile(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<ProfileView>> {
    let user = user_of(&app, &session).await?;
    Ok(Json(ProfileView::new(user, session.account.as_ref())))
}
