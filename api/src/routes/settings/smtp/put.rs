//! `PUT /api/settings/smtp`

use axum::extract::State;
use berth_domain::notification::{SMTP, SMTP_PASSWORD, SmtpSettings};
use berth_domain::ports::secrets::INSTALLATION;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SmtpView, TlsWord, view};
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Field, Problem, Result};
use crate::routes::notifications::is_email;
use crate::routes::settings::require_owner;
use crate::session::Session;

/// A mail server. It has no `Debug`, so that the password cannot get into a log.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes::settings) struct SmtpRequest {
    /// Its name or address.
    host: String,
    /// Its port, 1 to 65,535.
    port: u32,
    /// Who signs in; null or left out is nobody.
    user: Option<String>,
    /// The sender's address, with or without a name: `Berth <berth@example.com>`.
    from: String,
    /// How the connection is protected.
    tls: TlsWord,
    /// Null or left out keeps the one that is set; empty removes it.
    password: Option<String>,
}

/// Sets the mail server that notifications are sent with. For the installation's owner only.
#[utoipa::path(
    put,
    path = "/api/settings/smtp",
    operation_id = "putSmtp",
    tag = "settings",
    responses((status = 200, body = SmtpView, description = "The mail server as it now stands"))
)]
#[tracing::instrument(name = "api.settings.smtp.put", skip_all, fields(user.id))]
pub(in crate::routes::settings) async fn put_smtp(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<SmtpRequest>,
) -> Result<axum::Json<SmtpView>> {
    require_owner(&app, &session).await?;
    let password = request.password.clone();
    let settings = checked(request)?;
    let text = serde_json::to_string(&settings).map_err(|_| Problem::from(Code::Internal))?;
    let secrets = &app.deps.secrets;
    match password.as_deref() {
        Some("") => {
            secrets.delete_secret(INSTALLATION, SMTP_PASSWORD).await?;
        }
        Some(password) => {
            secrets
                .put_secret(INSTALLATION, SMTP_PASSWORD, password)
                .await?
        }
        None => {}
    }
    app.deps.settings.put_setting(SMTP, &text).await?;
    Ok(axum::Json(view(&app).await?))
}

fn checked(request: SmtpRequest) -> Result<SmtpSettings> {
    let mut errors = Vec::new();
    let host = request.host.trim().to_owned();
    let known = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if !(1..=253).contains(&host.len()) || !host.chars().all(known) {
        errors.push(Field::new("host", "malformed"));
    }
    let port = u16::try_from(request.port).unwrap_or(0);
    if port == 0 {
        errors.push(Field::new("port", "out_of_range"));
    }
    let user = request.user.filter(|user| !user.is_empty());
    let one_line = |text: &str, most: usize| text.len() <= most && !text.contains(char::is_control);
    if !user.as_deref().is_none_or(|user| one_line(user, 255)) {
        errors.push(Field::new("user", "malformed"));
    }
    if !is_sender(&request.from) {
        errors.push(Field::new("from", "malformed"));
    }
    let password = request.password.as_deref().unwrap_or_default();
    if !one_line(password, 1024) {
        errors.push(Field::new("password", "malformed"));
    }
    if !errors.is_empty() {
        return Err(Problem::of_fields(Code::SmtpInvalid, errors));
    }
    Ok(SmtpSettings {
        host,
        port,
        user,
        from: request.from,
        tls: request.tls.into(),
    })
}

/// An address, or a name with one behind it.
fn is_sender(text: &str) -> bool {
    let named = text
        .strip_suffix('>')
        .and_then(|text| text.split_once(" <"));
    match named {
        Some((name, address)) => {
            let plain = |c: char| c.is_alphanumeric() || " ._-".contains(c);
            (1..=100).contains(&name.len()) && name.chars().all(plain) && is_email(address)
        }
        None => is_email(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_may_have_a_name() {
        for good in [
            "berth@example.com",
            "Berth <berth@example.com>",
            "버스 <b@example.kr>",
        ] {
            assert!(is_sender(good), "{good}");
        }
        for bad in [
            "Berth",
            "<b@example.com>",
            "a\nb <b@example.com>",
            "Berth <b>",
        ] {
            assert!(!is_sender(bad), "{bad}");
        }
    }
}
