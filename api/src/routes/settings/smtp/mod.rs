//! The mail server.

pub(super) mod get;
pub(super) mod put;

use berth_domain::notification::{SMTP, SMTP_PASSWORD, SmtpSettings, SmtpTls};
use berth_domain::ports::secrets::INSTALLATION;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::{Code, Problem, Result};

/// How the connection is protected.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = SmtpTls)]
#[serde(rename_all = "snake_case")]
pub(super) enum TlsWord {
    /// In the clear at first, then upgraded.
    Starttls,
    /// From the first byte.
    Tls,
    /// Not at all.
    None,
}

impl From<SmtpTls> for TlsWord {
    fn from(tls: SmtpTls) -> Self {
        match tls {
            SmtpTls::Starttls => Self::Starttls,
            SmtpTls::Tls => Self::Tls,
            SmtpTls::None => Self::None,
        }
    }
}

impl From<TlsWord> for SmtpTls {
    fn from(word: TlsWord) -> Self {
        match word {
            TlsWord::Starttls => Self::Starttls,
            TlsWord::Tls => Self::Tls,
            TlsWord::None => Self::None,
        }
    }
}

/// The mail server; all null where none is set up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmtpSettings)]
pub(super) struct SmtpView {
    /// Its name.
    host: Option<String>,
    /// Its port.
    port: Option<u16>,
    /// Who signs in; null is nobody.
    user: Option<String>,
    /// The sender's address.
    from: Option<String>,
    /// How the connection is protected.
    tls: Option<TlsWord>,
    /// Whether a password is known. It is never shown.
    password_set: bool,
}

async fn view(app: &App) -> Result<SmtpView> {
    let stored = app.deps.settings.setting(SMTP).await?;
    let settings: Option<SmtpSettings> = stored
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| Problem::from(Code::StoreBroken))?;
    let names = app.deps.secrets.secret_names(INSTALLATION).await?;
    let password_set = names.iter().any(|name| name == SMTP_PASSWORD);
    Ok(match settings {
        Some(settings) => SmtpView {
            host: Some(settings.host),
            port: Some(settings.port),
            user: settings.user,
            from: Some(settings.from),
            tls: Some(settings.tls.into()),
            password_set,
        },
        None => SmtpView {
            host: None,
            port: None,
            user: None,
            from: None,
            tls: None,
            password_set,
        },
    })
}
