//! What a token says, and whether that is what was asked for.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Google signs with either.
pub const GOOGLE_ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// How far the clocks of issuer and verifier may be apart.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// The part of an ID token's payload that is looked at. Anything else in it is not read, let alone kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who signed it.
    pub iss: String,
    /// Whom it is for: one audience. A list is refused as malformed, because Google never sends one.
    pub aud: String,
    /// The account, for as long as it exists; unlike the address it is never given to somebody else.
    pub sub: String,
    /// End, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    #[serde(default)]
    pub iat: Option<i64>,
    /// The account's address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the account has shown that the address is its own.
    #[serde(default)]
    pub email_verified: Option<bool>,
    /// The organisation's domain; absent for private accounts, whatever their address.
    #[serde(default)]
    pub hd: Option<String>,
    /// What the request for this token gave along.
    #[serde(default)]
    pub nonce: Option<String>,
}

/// What a token has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who may have signed it; mostly [`GOOGLE_ISSUERS`].
    pub issuers: &'a [&'a str],
    /// Whom it must be for, exactly.
    pub audience: &'a str,
    /// The one account it must be of, by address; any without.
    pub email: Option<&'a str>,
    /// The nonce it must carry; without, a nonce is not looked at.
    pub nonce: Option<&'a str>,
}

impl<'a> Expected<'a> {
    /// A person's token, asked for with this nonce by the client of that id.
    pub fn person(client_id: &'a str, nonce: &'a str) -> Self {
        Self {
            issuers: &GOOGLE_ISSUERS,
            audience: client_id,
            email: None,
            nonce: Some(nonce),
        }
    }

    /// A token that a service account made for this audience.
    pub fn service_account(audience: &'a str, email: &'a str) -> Self {
        Self {
            issuers: &GOOGLE_ISSUERS,
            audience,
            email: Some(email),
            nonce: None,
        }
    }
}

/// Why a token is not believed. The words are for logs; a client learns only that it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a token at all, too long, or without a claim that each must have.
    #[error("the token is malformed")]
    Malformed,
    /// Any algorithm but RS256, `none` included.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// The key it names is not among the issuer's.
    #[error("the token names no key of the issuer")]
    UnknownKey,
    /// The key it names has not signed it.
    #[error("the token's signature is wrong")]
    Signature,
    /// Somebody else's token.
    #[error("the token has another issuer")]
    Issuer,
    /// Made for another service.
    #[error("the token is for another audience")]
    Audience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Made in the future.
    #[error("the token is from the future")]
    Early,
    /// The address is missing, or nobody has shown whose it is.
    #[error("the token's address is not verified")]
    Unverified,
    /// Of another account than the one that may call.
    #[error("the token is of another account")]
    Account,
    /// Not the answer to this request.
    #[error("the token answers another request")]
    Nonce,
}

impl Claims {
    /// Whether this is what was asked for. Pure: the signature is [`crate::Verifier`]'s matter.
    pub fn check(&self, expected: &Expected<'_>, now: Timestamp) -> Result<(), Refused> {
        let verdicts = [
            (
                expected.issuers.contains(&self.iss.as_str()),
                Refused::Issuer,
            ),
            (self.aud == expected.audience, Refused::Audience),
            (!self.is_over(now), Refused::Expired),
            (!self.is_early(now), Refused::Early),
            (self.has_verified_email(), Refused::Unverified),
            (!self.sub.is_empty(), Refused::Malformed),
            (self.is_account(expected.email), Refused::Account),
            (self.answers(expected.nonce), Refused::Nonce),
        ];
        verdicts
            .into_iter()
            .find_map(|(holds, refused)| (!holds).then_some(Err(refused)))
            .unwrap_or(Ok(()))
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.exp.saturating_add(LEEWAY.as_secs()) <= now.as_second()
    }

    fn is_early(&self, now: Timestamp) -> bool {
        self.iat
            .is_some_and(|made| made > now.as_second().saturating_add(LEEWAY.as_secs()))
    }

    fn has_verified_email(&self) -> bool {
        self.email_verified == Some(true)
            && self.email.as_deref().is_some_and(|text| !text.is_empty())
    }

    fn is_account(&self, expected: Option<&str>) -> bool {
        expected.is_none_or(|email| self.email.as_deref() == Some(email))
    }

    fn answers(&self, nonce: Option<&str>) -> bool {
        nonce.is_none_or(|nonce| self.nonce.as_deref() == Some(nonce))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims() -> Claims {
        Claims {
            iss: GOOGLE_ISSUERS[0].to_owned(),
            aud: "client".to_owned(),
            sub: "1".to_owned(),
            exp: NOW + 3600,
            iat: Some(NOW),
            email: Some("mina@example.com".to_owned()),
            email_verified: Some(true),
            hd: None,
            nonce: Some("n".to_owned()),
        }
    }

    fn check(change: impl FnOnce(&mut Claims)) -> Result<(), Refused> {
        let mut claims = claims();
        change(&mut claims);
        let now = Timestamp::from_second(NOW).unwrap();
        claims.check(&Expected::person("client", "n"), now)
    }

    #[test]
    fn both_forms_of_the_issuer_and_nothing_like_them() {
        for good in GOOGLE_ISSUERS {
            assert_eq!(check(|c| good.clone_into(&mut c.iss)), Ok(()));
        }
        for bad in [
            "",
            "http://accounts.google.com",
            "https://accounts.google.com/",
            "https://accounts.google.com.evil.example",
            "ACCOUNTS.google.com",
        ] {
            assert_eq!(check(|c| bad.clone_into(&mut c.iss)), Err(Refused::Issuer));
        }
    }

    #[test]
    fn it_ends_a_minute_after_its_end_and_begins_a_minute_before() {
        assert_eq!(check(|c| c.exp = NOW - 59), Ok(()));
        assert_eq!(check(|c| c.exp = NOW - 60), Err(Refused::Expired));
        assert_eq!(check(|c| c.exp = i64::MIN), Err(Refused::Expired));
        assert_eq!(check(|c| c.exp = i64::MAX), Ok(()));
        assert_eq!(check(|c| c.iat = Some(NOW + 60)), Ok(()));
        assert_eq!(check(|c| c.iat = Some(NOW + 61)), Err(Refused::Early));
        assert_eq!(check(|c| c.iat = None), Ok(()));
    }

    #[test]
    fn an_address_counts_only_when_verified() {
        assert_eq!(
            check(|c| c.email_verified = Some(false)),
            Err(Refused::Unverified)
        );
        assert_eq!(check(|c| c.email_verified = None), Err(Refused::Unverified));
        assert_eq!(check(|c| c.email = None), Err(Refused::Unverified));
    }

    #[test]
    fn audience_nonce_and_subject_are_compared_whole() {
        assert_eq!(
            check(|c| c.aud = "client2".to_owned()),
            Err(Refused::Audience)
        );
        assert_eq!(check(|c| c.nonce = None), Err(Refused::Nonce));
        assert_eq!(
            check(|c| c.nonce = Some("N".to_owned())),
            Err(Refused::Nonce)
        );
        assert_eq!(check(|c| c.sub.clear()), Err(Refused::Malformed));
    }

    #[test]
    fn a_service_account_is_one_account() {
        let now = Timestamp::from_second(NOW).unwrap();
        let mut claims = claims();
        let expected = Expected::service_account("client", "caller@p.iam.gserviceaccount.com");
        assert_eq!(claims.check(&expected, now), Err(Refused::Account));
        claims.email = Some("caller@p.iam.gserviceaccount.com".to_owned());
        assert_eq!(claims.check(&expected, now), Ok(()));
    }
}
