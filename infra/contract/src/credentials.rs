//! Cases of the port `credentials`.

use berth_domain::account::Account;
use berth_domain::ids::UserId;
use berth_domain::user::{Credential, CredentialHash, CredentialKind, SESSION_TTL};
use jiff::{SignedDuration, Timestamp};

use crate::World;

/// A hash nobody else has.
fn hash(w: &World) -> CredentialHash {
    let mut bytes = [7; 32];
    bytes[..16].copy_from_slice(w.id::<UserId>().0.as_bytes());
    CredentialHash(bytes)
}

fn credential(
    w: &World,
    user: UserId,
    kind: CredentialKind,
    expires_at: Option<Timestamp>,
) -> Credential {
    Credential {
        hash: hash(w),
        kind,
        user_id: user,
        label: "노트북".to_owned(),
        created_at: w.now(),
        expires_at,
        account: None,
    }
}

pub(crate) async fn a_credential_ends_at_its_expiry(w: World) {
    let user = w.user().await;
    let end = w.now() + SESSION_TTL;
    let session = credential(&w, user, CredentialKind::Session, Some(end));
    w.credentials().add_credential(&session).await.unwrap();
    let found = async |at| w.credentials().credential(session.hash, at).await.unwrap();
    assert_eq!(found(w.now()).await.as_ref(), Some(&session));
    let last = end - SignedDuration::from_micros(1);
    assert_eq!(found(last).await.as_ref(), Some(&session));
    assert_eq!(found(end).await, None);

    w.clock.advance(SESSION_TTL);
    let next = credential(
        &w,
        user,
        CredentialKind::SignInLink,
        Some(w.now() + SESSION_TTL),
    );
    w.credentials().add_credential(&next).await.unwrap();
    assert_eq!(found(w.now()).await, None);
    let next_found = w.credentials().credential(next.hash, w.now()).await;
    assert_eq!(next_found.unwrap(), Some(next));
}

pub(crate) async fn a_credential_without_expiry_ends_when_revoked(w: World) {
    let user = w.user().await;
    let token = credential(&w, user, CredentialKind::ApiToken, None);
    w.credentials().add_credential(&token).await.unwrap();
    w.clock.advance(SignedDuration::from_hours(24 * 365 * 20));
    let found = w.credentials().credential(token.hash, w.now()).await;
    assert_eq!(found.unwrap().as_ref(), Some(&token));
    assert!(w.credentials().revoke_credential(token.hash).await.unwrap());
    let found = w.credentials().credential(token.hash, w.now()).await;
    assert_eq!(found.unwrap(), None);
    assert!(!w.credentials().revoke_credential(token.hash).await.unwrap());
}

pub(crate) async fn an_unknown_hash_finds_nothing(w: World) {
    let found = w.credentials().credential(hash(&w), w.now()).await;
    assert_eq!(found.unwrap(), None);
}

pub(crate) async fn all_of_one_kind_end_and_no_others(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let link = credential(&w, user, CredentialKind::SignInLink, None);
    let kept = [
        credential(&w, user, CredentialKind::ApiToken, None),
        credential(&w, other, CredentialKind::SignInLink, None),
    ];
    for credential in kept.iter().chain([&link]) {
        w.credentials().add_credential(credential).await.unwrap();
    }
    let port = w.credentials();
    port.revoke_credentials_of(user, link.kind).await.unwrap();
    assert_eq!(port.credential(link.hash, w.now()).await.unwrap(), None);
    for credential in kept {
        let found = port.credential(credential.hash, w.now()).await.unwrap();
        assert_eq!(found, Some(credential));
    }
}

pub(crate) async fn a_users_credentials_come_newest_first_with_their_account(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let account = |domain: Option<&str>| Account {
        email: "미나@example.com".to_owned(),
        hosted_domain: domain.map(str::to_owned),
    };
    let minute = SignedDuration::from_mins(1);
    let mut made = Vec::new();
    for (owner, kind, expires_after, account) in [
        (user, CredentialKind::ApiToken, None, None),
        (user, CredentialKind::Session, None, None),
        (
            user,
            CredentialKind::ApiToken,
            Some(SESSION_TTL),
            Some(account(Some("example.com"))),
        ),
        (other, CredentialKind::ApiToken, None, None),
        (
            user,
            CredentialKind::ApiToken,
            Some(minute * 30),
            Some(account(None)),
        ),
    ] {
        let end = expires_after.map(|after| w.now() + after);
        let credential = Credential {
            account,
            ..credential(&w, owner, kind, end)
        };
        w.credentials().add_credential(&credential).await.unwrap();
        made.push(credential);
        w.clock.advance(minute);
    }
    let list = async |now| {
        let port = w.credentials();
        port.credentials_of(user, CredentialKind::ApiToken, now)
            .await
            .unwrap()
    };
    let all = [made[4].clone(), made[2].clone(), made[0].clone()];
    assert_eq!(list(w.now()).await, all);
    // Past the end of the newest.
    assert_eq!(list(w.now() + minute * 30).await, all[1..]);
    let found = w.credentials().credential(made[2].hash, w.now()).await;
    assert_eq!(found.unwrap().as_ref(), Some(&made[2]));
    let port = w.credentials();
    let nobody = port.credentials_of(w.id(), CredentialKind::ApiToken, w.now());
    assert_eq!(nobody.await.unwrap(), []);
}
