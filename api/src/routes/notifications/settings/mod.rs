//! Where notifications go besides the dashboard.

pub(super) mod get;
pub(super) mod put;

use berth_domain::notification::{NotificationSettings, WEBHOOK_SECRET, user_scope};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Result;
use crate::session::Session;

/// Where notifications go besides the dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationSettings)]
pub(super) struct SettingsView {
    /// Mail address; null is no mail.
    email: Option<String>,
    /// HTTPS address that is called; null is no webhook.
    webhook: Option<String>,
    /// Whether calls are signed with a secret. The secret is never shown.
    webhook_secret_set: bool,
}

async fn view(
    app: &App,
    session: &Session,
    settings: NotificationSettings,
) -> Result<SettingsView> {
    let scope = user_scope(session.user_id);
    let names = app.deps.secrets.secret_names(&scope).await?;
    Ok(SettingsView {
        email: settings.email,
        webhook: settings.webhook,
        webhook_secret_set: names.iter().any(|name| name == WEBHOOK_SECRET),
    })
}
