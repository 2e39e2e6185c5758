//! What an agent's runs are given as environment variables, and nobody is shown.

mod delete;
mod get;
mod list;
mod put;

use berth_domain::agent::is_secret_name;
use berth_domain::notification::agent_scope;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::owned;
use crate::app::{App, Shared};
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list_secrets))
        .routes(routes!(
            get::get_secret,
            put::put_secret,
            delete::delete_secret
        ))
}

/// A secret as its owner sees it: its name. The value is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
struct SecretView {
    /// The environment variable that the agent's runs find it in.
    name: String,
}

/// The scope of an agent's secrets, and their names.
async fn names(app: &App, session: &Session, id: Uuid) -> Result<(String, Vec<String>)> {
    let agent = owned(app, session, id).await?;
    let scope = agent_scope(agent.id);
    let names = app.deps.secrets.secret_names(&scope).await?;
    Ok((scope, names))
}

/// The scope of an agent that has a secret of that name.
async fn scope_with(app: &App, session: &Session, id: Uuid, name: &str) -> Result<String> {
    let (scope, names) = names(app, session, id).await?;
    if is_secret_name(name) && names.iter().any(|known| known == name) {
        Ok(scope)
    } else {
        Err(Problem::from(Code::SecretNotFound))
    }
}
