//! People and how they prove who they are. As little as possible is kept about them.

use jiff::{SignedDuration, Timestamp};

use crate::account::Account;
use crate::ids::UserId;

/// How long a browser session lasts from sign-in.
pub const SESSION_TTL: SignedDuration = SignedDuration::from_hours(24);

/// API tokens one user may have at the same time.
pub const MAX_TOKENS: usize = 50;

/// The name of the user that exists on a fresh installation.
pub const LOCAL_USER: &str = "local";

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id, and their workspace's.
    pub id: UserId,
    /// Unique name; for local users the one given to `berth token create --user`, for others see [`crate::account`].
    pub name: String,
    /// First time seen.
    pub created_at: Timestamp,
    /// What they said on their first visit.
    pub onboarding: Onboarding,
}

/// Answers of the first visit; all optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Onboarding {
    /// Language of the dashboard: `ko` or `en`.
    pub language: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// What they do, in their words.
    pub occupation: Option<String>,
    /// When they were through with it.
    pub completed_at: Option<Timestamp>,
}

/// Whether a name can be a local user's: 1–64 characters, letters, digits, `-`, `_`, `.`, `@`.
pub fn is_valid_name(name: &str) -> bool {
    (1..=64).contains(&name.chars().count())
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@'))
}

/// What a credential is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A browser's cookie; ends after [`SESSION_TTL`].
    Session,
    /// An API token for programs; ends when revoked or at its expiry.
    ApiToken,
    /// The link that `berth up` prints: signs a browser in.
    SignInLink,
}

impl CredentialKind {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::ApiToken => "api_token",
            Self::SignInLink => "sign_in_link",
        }
    }
}

/// SHA-256 of a credential's text: the only form in which one is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CredentialHash(pub [u8; 32]);

/// A stored credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What the store knows of its text.
    pub hash: CredentialHash,
    /// What it is for.
    pub kind: CredentialKind,
    /// Whose it is.
    pub user_id: UserId,
    /// A name its owner gave it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None` means when revoked.
    pub expires_at: Option<Timestamp>,
    /// The account that was signed in when it was made; none where it was made on the machine itself.
    pub account: Option<Account>,
}
