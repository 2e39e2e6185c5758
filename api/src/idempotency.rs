//! `Idempotency-Key`: the same request sent again finds what the first one made.

use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use http::HeaderMap;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::problem::{Code, Result};

const HEADER: &str = "idempotency-key";

/// The id for what a request makes: of its key on `subject`, or a new one when it has none.
pub(crate) fn id(
    headers: &HeaderMap,
    user: UserId,
    subject: &[u8],
    clock: &dyn Clock,
) -> Result<Uuid> {
    Ok(match key(headers)? {
        Some(key) => id_of(user, subject, key),
        None => clock.uuid(),
    })
}

/// The key of a request, if it has one.
fn key(headers: &HeaderMap) -> Result<Option<&[u8]>> {
    let Some(key) = headers.get(HEADER) else {
        return Ok(None);
    };
    let key = key.as_bytes();
    let visible = key.iter().all(|byte| (b'!'..=b'~').contains(byte));
    if visible && (1..=255).contains(&key.len()) {
        Ok(Some(key))
    } else {
        Err(Code::IdempotencyKey.into())
    }
}

/// The id that follows from user, subject and key, so that the store's own check for repeated ids applies.
fn id_of(user: UserId, subject: &[u8], key: &[u8]) -> Uuid {
    let digest = Sha256::new()
        .chain_update(user.0.as_bytes())
        .chain_update(subject)
        .chain_update(key)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_thing_of_one_subject() {
        let user = UserId(Uuid::from_u128(1));
        let id = |subject: u128, key: &[u8]| id_of(user, Uuid::from_u128(subject).as_bytes(), key);
        assert_eq!(id(1, b"a"), id(1, b"a"));
        assert_ne!(id(1, b"a"), id(2, b"a"));
        assert_ne!(id(1, b"a"), id(1, b"b"));
    }

    #[test]
    fn keys_are_visible_and_short() {
        let key = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, text.parse().unwrap());
            key(&headers).map(|key| key.map(<[u8]>::to_vec))
        };
        assert_eq!(key("a-1").unwrap().as_deref(), Some(&b"a-1"[..]));
        assert!(key("").is_err());
        assert!(key("a b").is_err());
        assert!(key(&"x".repeat(256)).is_err());
    }
}
