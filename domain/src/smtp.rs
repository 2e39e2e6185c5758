//! How mail leaves the house: one server for the whole installation.

use serde::{Deserialize, Serialize};

/// Name of the setting that holds [`SmtpSettings`] as JSON.
pub const SETTING: &str = "smtp";
/// Name of the password among the installation's secrets.
pub const PASSWORD: &str = "smtp-password";

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// In the clear at first, then upgraded; without an upgrade nothing is sent.
    Starttls,
    /// From the first byte.
    Tls,
    /// Not at all: for a relay on the same machine or network.
    None,
}

/// The mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who signs in; `None` is nobody.
    #[serde(default)]
    pub user: Option<String>,
    /// The sender's address.
    pub from: String,
    /// How the connection is protected.
    pub tls: SmtpTls,
}
