//! Accounts of an identity provider, and which of them may come in.
//!
//! Of a person Berth keeps the provider's lasting id, as the name of their user. The address is kept with each session and
//! token only, and goes with it: it tells people as whom they are signed in, and lets every request be held against
//! [`Admission`], so that somebody who is taken off the list is out at once.

use serde::{Deserialize, Serialize};

use crate::user::Credential;

/// An account as its provider described it at sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its verified address.
    pub email: String,
    /// The organisation it belongs to. An address alone shows none: anybody can have one under a domain.
    pub hosted_domain: Option<String>,
}

/// The name of a Google account's user. By `sub`, because addresses change and are given to others. No local user can
/// have such a name: theirs hold no colon.
pub fn google_user(sub: &str) -> String {
    format!("google:{sub}")
}

/// Who may come in; case does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// Everybody with an account.
    pub anyone: bool,
    /// Organisations whose members may.
    pub domains: Vec<String>,
    /// Single addresses.
    pub emails: Vec<String>,
}

impl Admission {
    /// Whether this account may come in.
    pub fn admits(&self, account: &Account) -> bool {
        let domain = account.hosted_domain.as_deref();
        self.anyone
            || domain.is_some_and(|domain| holds(&self.domains, domain))
            || holds(&self.emails, &account.email)
    }

    /// Whether nobody may.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How people get into this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// By the printed link: whoever starts Berth is its only user.
    Link,
    /// By an account.
    Account {
        /// Which ones.
        admission: Admission,
        /// Addresses of those who may change the installation's settings.
        owners: Vec<String>,
    },
}

impl Access {
    /// Whether a credential that has not ended opens anything. One of a way in that is closed by now does not.
    pub fn honours(&self, credential: &Credential) -> bool {
        use crate::user::CredentialKind::{ApiToken, Session, SignInLink};

        match (self, &credential.account) {
            (Self::Link, account) => account.is_none(),
            (Self::Account { admission, .. }, Some(account)) => admission.admits(account),
            // Tokens are also made on the machine itself, by whoever holds the data folder.
            (Self::Account { .. }, None) => match credential.kind {
                ApiToken => true,
                Session | SignInLink => false,
            },
        }
    }

    /// Whether this account may change the installation's settings.
    pub fn is_owner(&self, account: &Account) -> bool {
        match self {
            Self::Link => false,
            Self::Account { owners, .. } => holds(owners, &account.email),
        }
    }
}

fn holds(list: &[String], text: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use crate::user::{CredentialHash, CredentialKind, is_valid_name};

    fn account(email: &str, domain: Option<&str>) -> Account {
        Account {
            email: email.to_owned(),
            hosted_domain: domain.map(str::to_owned),
        }
    }

    fn list(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_domain_is_the_organisation_and_not_the_end_of_an_address() {
        let admission = Admission {
            domains: list(&["example.com"]),
            emails: list(&["guest@mail.example"]),
            ..Admission::default()
        };
        for (email, domain, admitted) in [
            ("mina@example.com", Some("example.com"), true),
            ("mina@alias.example", Some("EXAMPLE.com"), true),
            ("Guest@mail.example", None, true),
            ("mina@example.com", None, false),
            ("mina@example.com", Some("evil.example"), false),
            ("x@sub.example.com", Some("sub.example.com"), false),
            ("guest@mail.example.evil", None, false),
        ] {
            assert_eq!(
                admission.admits(&account(email, domain)),
                admitted,
                "{email} {domain:?}"
            );
        }
        assert!(!Admission::default().admits(&account("a@b", Some("b"))));
    }

    #[test]
    fn credentials_of_a_closed_way_in_open_nothing() {
        use CredentialKind::{ApiToken, Session};

        let credential = |kind, account: Option<Account>| Credential {
            hash: CredentialHash([0; 32]),
            kind,
            user_id: UserId(uuid::Uuid::nil()),
            label: String::new(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: None,
            account,
        };
        let mina = account("mina@example.com", None);
        let open = Access::Account {
            admission: Admission {
                emails: list(&["mina@example.com"]),
                ..Admission::default()
            },
            owners: list(&["Mina@example.com"]),
        };
        let eve = account("eve@example.com", None);
        for (access, kind, account, honoured) in [
            (&Access::Link, Session, None, true),
            (&Access::Link, ApiToken, Some(&mina), false),
            (&open, Session, None, false),
            (&open, ApiToken, None, true),
            (&open, Session, Some(&mina), true),
            (&open, ApiToken, Some(&eve), false),
        ] {
            let credential = credential(kind, account.cloned());
            assert_eq!(access.honours(&credential), honoured, "{credential:?}");
        }
        assert!(open.is_owner(&mina) && !open.is_owner(&eve));
        assert!(!Access::Link.is_owner(&mina));
    }

    #[test]
    fn no_local_user_has_an_accounts_name() {
        assert!(!is_valid_name(&google_user("1234")));
    }
}
