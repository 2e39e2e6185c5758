//! People.

use berth_domain::account::Account;
use berth_domain::user::{Onboarding, User};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The signed-in user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileView {
    /// Their id, and their workspace's.
    id: Uuid,
    /// The address they signed in with, or the local user's name.
    name: String,
    /// First time seen.
    created_at: Timestamp,
    /// What they said on their first visit.
    onboarding: OnboardingView,
}

impl ProfileView {
    /// A user as they see themselves; the address is the session's, because Berth does not keep it with the user.
    pub(crate) fn new(user: User, account: Option<&Account>) -> Self {
        Self {
            id: user.id.0,
            name: account.map_or(user.name, |account| account.email.clone()),
            created_at: user.created_at,
            onboarding: user.onboarding.into(),
        }
    }
}

/// Answers of the first visit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Onboarding)]
pub(crate) struct OnboardingView {
    /// Language of the dashboard: `ko` or `en`.
    language: Option<String>,
    /// IANA time zone.
    time_zone: Option<String>,
    /// What they do, in their words.
    occupation: Option<String>,
    /// When they were through with it; null before.
    completed_at: Option<Timestamp>,
}

impl From<Onboarding> for OnboardingView {
    fn from(onboarding: Onboarding) -> Self {
        Self {
            language: onboarding.language,
            time_zone: onboarding.time_zone,
            occupation: onboarding.occupation,
            completed_at: onboarding.completed_at,
        }
    }
}
