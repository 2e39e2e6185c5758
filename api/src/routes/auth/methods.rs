//! `GET /api/auth/methods`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;

/// Ways to sign in here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignInMethods {
    /// With a Google account, at `GET /api/auth/google`.
    google: bool,
    /// With the link that Berth printed at start.
    link: bool,
}

/// Tells somebody who is signed out how to sign in.
#[utoipa::path(
    get,
    path = "/api/auth/methods",
    operation_id = "getSignInMethods",
    tag = "auth",
    responses((status = 200, body = SignInMethods, description = "The ways in")),
    security(())
)]
#[tracing::instrument(name = "api.auth.methods", level = "debug", skip_all)]
pub(super) async fn get_methods(State(app): State<Shared>) -> Json<SignInMethods> {
    let google = app.config.google.is_some();
    Json(SignInMethods {
        google,
        link: !google,
    })
}
