//! `PUT /api/notifications/settings`

use axum::extract::State;
use berth_domain::notification::{NotificationSettings, WEBHOOK_SECRET, user_scope};
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

use super::{SettingsView, view};
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Field, Problem, Result};
use crate::session::Session;

/// Longest mail address, in bytes.
const MAX_EMAIL: usize = 254;
/// Longest webhook address, in bytes.
const MAX_WEBHOOK: usize = 2048;

/// Where notifications shall go. It has no `Debug`, so that the secret cannot get into a log.
#[derive(Deserialize, ToSchema)]
#[schema(as = NotificationSettingsRequest)]
pub(in crate::routes::notifications) struct SettingsRequest {
    /// Mail address; null or left out is no mail.
    email: Option<String>,
    /// Address that begins with `https://` (on this machine also `http://`); null or left out is no webhook.
    webhook: Option<String>,
    /// Signs webhook calls: 16 to 512 visible characters. Null or left out keeps the one that is set.
    webhook_secret: Option<String>,
}

/// Replaces where the user's notifications go.
#[utoipa::path(
    put,
    path = "/api/notifications/settings",
    operation_id = "putNotificationSettings",
    tag = "notifications",
    responses((status = 200, body = SettingsView, description = "The settings as they now stand"))
)]
#[tracing::instrument(name = "api.notifications.settings.put", skip_all, fields(user.id))]
pub(in crate::routes::notifications) async fn put_notification_settings(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<SettingsRequest>,
) -> Result<axum::Json<SettingsView>> {
    let settings = NotificationSettings {
        email: filled(request.email),
        webhook: filled(request.webhook),
    };
    let secret = filled(request.webhook_secret);
    let mut errors = Vec::new();
    if !settings.email.as_deref().is_none_or(is_email) {
        errors.push(Field::new("email", "malformed"));
    }
    if !settings.webhook.as_deref().is_none_or(is_webhook) {
        errors.push(Field::new("webhook", "malformed"));
    }
    if !secret.as_deref().is_none_or(is_signing_secret) {
        errors.push(Field::new("webhook_secret", "out_of_range"));
    }
    if !errors.is_empty() {
        return Err(Problem::of_fields(Code::NotificationInvalid, errors));
    }
    let deps = &app.deps;
    if let Some(secret) = secret {
        let scope = user_scope(session.user_id);
        deps.secrets
            .put_secret(&scope, WEBHOOK_SECRET, &secret)
            .await?;
    }
    deps.notifications
        .put_notification_settings(session.user_id, &settings)
        .await?;
    Ok(axum::Json(view(&app, &session, settings).await?))
}

/// Forms send empty fields for what is not there.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// Whether mail can be sent there, as far as its text tells: one `@`, a domain behind it, nothing that could end a header line.
pub(in crate::routes) fn is_email(text: &str) -> bool {
    let plain = text.len() <= MAX_EMAIL
        && text
            .chars()
            .all(|c| !c.is_control() && !c.is_whitespace() && !"<>(),;:\"[]\\".contains(c));
    let parts = text.rsplit_once('@');
    plain
        && parts.is_some_and(|(name, domain)| {
            (1..=64).contains(&name.len())
                && !name.contains('@')
                && !domain.is_empty()
                && domain.split('.').all(|label| {
                    !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
                })
        })
}

/// Whether it may be called: encrypted, or on this machine.
fn is_webhook(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let scheme = url.scheme() == "https" || (local && url.scheme() == "http");
    scheme && text.len() <= MAX_WEBHOOK && url.username().is_empty() && url.password().is_none()
}

fn is_signing_secret(text: &str) -> bool {
    (16..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_looked_at() {
        for good in [
            "me@example.com",
            "a.b+c@mail.example.co.kr",
            "root@localhost",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "me",
            "@a.b",
            "a@",
            "a b@c.d",
            "a@b@c",
            "a@b\r\nBcc: x@y.z",
            "<a@b.c>",
            "a@-b.c",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        for good in [
            "https://example.com/hook?x=1",
            "http://127.0.0.1:9000/",
            "http://localhost/",
        ] {
            assert!(is_webhook(good), "{good}");
        }
        for bad in [
            "http://example.com",
            "ftp://example.com",
            "example.com",
            "https://u:p@example.com",
            "http://10.0.0.1/",
        ] {
            assert!(!is_webhook(bad), "{bad}");
        }
    }
}
