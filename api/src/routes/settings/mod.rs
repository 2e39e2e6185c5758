//! Settings of the installation.

mod demo;
mod get;
mod model_key;
mod smtp;

use berth_domain::user::LOCAL_USER;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::user::user_of;
use crate::app::{App, Shared};
use crate::problem::{Code, Result};
use crate::schema::UpstreamWord;
use crate::session::Session;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(get::get_settings))
        .routes(routes!(
            model_key::put::put_model_key,
            model_key::delete::delete_model_key
        ))
        .routes(routes!(demo::put_demo))
        .routes(routes!(smtp::get::get_smtp, smtp::put::put_smtp))
}

/// Settings of the installation, as this user sees them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settings {
    /// The model.
    model: ModelSettings,
    /// Limits of one user.
    limits: UserLimits,
    /// Whether this user may change the settings.
    editable: bool,
    /// Whether the scripted demo can be switched on here.
    demo_available: bool,
    /// The server's version.
    version: String,
}

/// Where answers come from.
#[derive(Debug, Serialize, ToSchema)]
struct ModelSettings {
    /// Who answers model calls.
    upstream: UpstreamWord,
    /// Whether a key is known. The key itself is never shown.
    key_set: bool,
    /// The model in use, where one is fixed.
    model: Option<String>,
}

/// What one user may have at the same time.
#[derive(Debug, Serialize, ToSchema)]
struct UserLimits {
    /// Runs that are queued or running.
    concurrent_runs: u32,
    /// Agents.
    agents: u32,
}

/// Only an owner may change what is everybody's: an account on the list of owners, or the local user.
async fn is_owner(app: &App, session: &Session) -> Result<bool> {
    if let Some(account) = &session.account {
        return Ok(app.access.is_owner(account));
    }
    Ok(user_of(app, session).await?.name == LOCAL_USER)
}

async fn require_owner(app: &App, session: &Session) -> Result<()> {
    if is_owner(app, session).await? {
        Ok(())
    } else {
        Err(Code::SettingsOwner.into())
    }
}

fn view(app: &App, editable: bool) -> Settings {
    let status = app.deps.model.status();
    Settings {
        model: ModelSettings {
            upstream: status.upstream.into(),
            key_set: status.key_set,
            model: status.model,
        },
        limits: UserLimits {
            concurrent_runs: app.config.quota.concurrent_runs,
            agents: app.config.agents,
        },
        editable,
        demo_available: app.config.demo_available,
        version: app.config.version.clone(),
    }
}
