//! `POST /api/user/onboarding`

use axum::extract::State;
use berth_domain::user::Onboarding;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

use super::user_of;
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Result};
use crate::schema::ProfileView;
use crate::session::Session;

/// Longest answer about somebody's work, in characters.
const MAX_OCCUPATION: usize = 200;

/// Answers of the first visit, all optional; what is left out is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct OnboardingRequest {
    /// Language of the dashboard: `ko` or `en`.
    #[schema(pattern = "^(ko|en)$")]
    language: Option<String>,
    /// IANA time zone, for example `Asia/Seoul`.
    time_zone: Option<String>,
    /// What they do, in their words.
    #[schema(max_length = 200)]
    occupation: Option<String>,
}

impl OnboardingRequest {
    fn is_valid(&self) -> bool {
        let language = self.language.as_deref();
        let zone = self.time_zone.as_deref();
        let occupation = self.occupation.as_deref().unwrap_or_default();
        language.is_none_or(|word| matches!(word, "ko" | "en"))
            && zone.is_none_or(|name| TimeZone::get(name).is_ok())
            && occupation.chars().count() <= MAX_OCCUPATION
            && !occupation.contains('\0')
    }
}

/// Stores what the user said on the first visit, and that it is over.
#[utoipa::path(
    post,
    path = "/api/user/onboarding",
    operation_id = "saveOnboarding",
    tag = "user",
    responses((status = 200, body = ProfileView, description = "Stored"))
)]
#[tracing::instrument(name = "api.user.onboarding", skip_all, fields(user.id))]
pub(super) async fn save_onboarding(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<OnboardingRequest>,
) -> Result<axum::Json<ProfileView>> {
    if !request.is_valid() {
        return Err(Code::Onboarding.into());
    }
    let onboarding = Onboarding {
        language: request.language,
        time_zone: request.time_zone,
        occupation: request.occupation,
        completed_at: Some(app.deps.clock.now()),
    };
    let users = &app.deps.users;
    users.set_onboarding(session.user_id, &onboarding).await?;
    let user = user_of(&app, &session).await?;
    Ok(axum::Json(ProfileView::new(user, session.account.as_ref())))
}
