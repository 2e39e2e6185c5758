//! `GET /api/auth/validate/{id}`

use axum::Json;
use berth_domain::ids::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::session::Session;

/// A valid session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionView {
    /// Always true; an invalid session answers 401.
    valid: bool,
    /// Whose it is.
    user_id: Uuid,
    /// When it ends by itself; null for API tokens without an end.
    expires_at: Option<Timestamp>,
}

impl SessionView {
    pub(super) fn new(user_id: UserId, expires_at: Option<Timestamp>) -> Self {
        Self {
            valid: true,
            user_id: user_id.0,
            expires_at,
        }
    }
}

/// Tells whether the request's session is valid and belongs to this user.
#[utoipa::path(
    get,
    path = "/api/auth/validate/{id}",
    operation_id = "validateSession",
    tag = "auth",
    params(("id" = String, Path, description = "A user's id, or `me`")),
    responses((status = 200, body = SessionView, description = "It is valid"))
)]
#[tracing::instrument(name = "api.auth.validate", skip_all, fields(user.id))]
pub(super) async fn validate_session(
    session: Session,
    Path(id): Path<String>,
) -> Result<Json<SessionView>> {
    if !session.is(&id) {
        return Err(Code::UserNotFound.into());
    }
    Ok(Json(SessionView::new(session.user_id, session.expires_at)))
}
