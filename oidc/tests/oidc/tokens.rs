//! Attack 37: forged and stale tokens.

use berth_oidc::{Refused, Verifier, VerifyError};
use serde_json::{Value, json};

use crate::{GOOGLE, OTHER, Source, claims, verify};

async fn refused(token: &str) -> Refused {
    let verifier = Verifier::new(Source::of(&GOOGLE));
    match verify(&verifier, token, 0).await {
        Err(VerifyError::Refused(refused)) => refused,
        other => panic!("{token}: {other:?}"),
    }
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[tokio::test]
async fn a_genuine_token_says_who_it_is() {
    let verifier = Verifier::new(Source::of(&GOOGLE));
    let token = GOOGLE.sign(&with("hd", json!("example.com")));
    let claims = verify(&verifier, &token, 0).await.unwrap();
    assert_eq!(claims.sub, "1234");
    assert_eq!(claims.email.as_deref(), Some("mina@example.com"));
    assert_eq!(claims.hd.as_deref(), Some("example.com"));
    assert!(verify(&verifier, &token, 3659).await.is_ok());
    let late = verify(&verifier, &token, 3660).await;
    assert!(matches!(late, Err(VerifyError::Refused(Refused::Expired))));
}

#[tokio::test]
async fn nothing_but_rs256_counts() {
    assert_eq!(
        refused(&GOOGLE.unsigned(&claims())).await,
        Refused::Malformed
    );
    assert_eq!(
        refused(&GOOGLE.confuse(&claims())).await,
        Refused::Algorithm
    );
    for algorithm in ["RS384", "PS256", "ES256", "HS256", "EdDSA"] {
        let header = json!({"alg": algorithm, "kid": "k1"});
        let token = GOOGLE.sign_under(&header, &claims());
        assert_eq!(refused(&token).await, Refused::Algorithm, "{algorithm}");
    }
    for algorithm in [json!("rs256"), json!("None"), json!(null), json!(["RS256"])] {
        let header = json!({"alg": algorithm, "kid": "k1"});
        let token = GOOGLE.sign_under(&header, &claims());
        assert_eq!(refused(&token).await, Refused::Malformed, "{algorithm}");
    }
}

#[tokio::test]
async fn only_the_issuers_own_keys_count() {
    assert_eq!(refused(&OTHER.sign(&claims())).await, Refused::UnknownKey);
    let borrowed = json!({"alg": "RS256", "kid": "k1"});
    let token = OTHER.sign_under(&borrowed, &claims());
    assert_eq!(refused(&token).await, Refused::Signature);
    // A token that brings its own key, or says where to fetch it.
    let brought =
        json!({"alg": "RS256", "kid": "k1", "jwk": OTHER.jwk(), "jku": "http://127.0.0.1:1/"});
    let token = OTHER.sign_under(&brought, &claims());
    assert_eq!(refused(&token).await, Refused::Signature);
    let nameless = GOOGLE.sign_under(&json!({"alg": "RS256"}), &claims());
    assert_eq!(refused(&nameless).await, Refused::UnknownKey);
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let token = GOOGLE.sign(&claims());
    let other = GOOGLE.sign(&with("sub", json!("1")));
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (other_head, _) = other.rsplit_once('.').unwrap();
    let swapped = format!("{other_head}.{signature}");
    assert_eq!(refused(&swapped).await, Refused::Signature);
    assert_eq!(refused(&format!("{head}.")).await, Refused::Signature);
    for text in ["", ".", "..", head, "a.b.c.d", &"x".repeat(20_000)] {
        assert_eq!(refused(text).await, Refused::Malformed, "{text:.20}");
    }
}

#[tokio::test]
async fn genuine_tokens_for_others_are_refused() {
    for (name, value, expected) in [
        ("iss", json!("https://evil.example"), Refused::Issuer),
        ("aud", json!("other.apps"), Refused::Audience),
        ("aud", json!(["other", crate::CLIENT]), Refused::Malformed),
        ("exp", json!(crate::NOW - 4000), Refused::Expired),
        ("exp", json!(null), Refused::Malformed),
        ("iat", json!(crate::NOW + 4000), Refused::Early),
        ("email_verified", json!(false), Refused::Unverified),
        ("email_verified", json!(null), Refused::Unverified),
        ("email_verified", json!("true"), Refused::Malformed),
        ("nonce", json!("another"), Refused::Nonce),
        ("nonce", json!(null), Refused::Nonce),
        ("sub", json!(1234), Refused::Malformed),
    ] {
        let token = GOOGLE.sign(&with(name, value));
        assert_eq!(refused(&token).await, expected, "{name}");
    }
}
