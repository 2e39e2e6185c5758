//! Keys: how often they are asked for, and what happens without them.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use berth_oidc::{HttpKeys, KeySource as _, Refused, Verifier, VerifyError};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{GOOGLE, OTHER, Source, claims, verify};

fn unknown(outcome: &Result<berth_oidc::Claims, VerifyError>) -> bool {
    matches!(outcome, Err(VerifyError::Refused(Refused::UnknownKey)))
}

fn unavailable(outcome: &Result<berth_oidc::Claims, VerifyError>) -> bool {
    matches!(outcome, Err(VerifyError::Unavailable(_)))
}

#[tokio::test]
async fn invented_key_ids_are_asked_for_once_a_minute() {
    let source = Source::of(&GOOGLE);
    let verifier = Verifier::new(source.clone());
    let (good, bad) = (GOOGLE.sign(&claims()), OTHER.sign(&claims()));
    for _ in 0..5 {
        verify(&verifier, &good, 0).await.unwrap();
    }
    assert_eq!(source.asked(), 1);
    for after in [1, 2, 30, 59] {
        assert!(unknown(&verify(&verifier, &bad, after).await));
    }
    assert_eq!(source.asked(), 1);
    assert!(unknown(&verify(&verifier, &bad, 60).await));
    assert!(unknown(&verify(&verifier, &bad, 61).await));
    assert_eq!(source.asked(), 2);

    // A new key is known at once, with a minute between requests.
    source.answer(Ok(OTHER.jwks().to_string().into_bytes()));
    assert!(unknown(&verify(&verifier, &bad, 119).await));
    verify(&verifier, &bad, 120).await.unwrap();
    assert!(unknown(&verify(&verifier, &good, 121).await));
}

#[tokio::test]
async fn a_crowd_asks_once() {
    let source = Source::of(&GOOGLE);
    let verifier = Verifier::new(source.clone());
    let token = Arc::new(GOOGLE.sign(&claims()));
    let crowd: Vec<_> = (0..20)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verify(&verifier, &token, 0).await.is_ok() })
        })
        .collect();
    for one in crowd {
        assert!(one.await.unwrap());
    }
    assert_eq!(source.asked(), 1);
}

#[tokio::test]
async fn known_keys_outlive_a_failing_issuer_for_a_day() {
    let source = Source::of(&GOOGLE);
    let verifier = Verifier::new(source.clone());
    let hours = |hours: i64| {
        let mut claims = claims();
        claims["exp"] = json!(crate::NOW + (hours + 1) * 3600);
        (GOOGLE.sign(&claims), hours * 3600)
    };
    let (token, at) = hours(0);
    verify(&verifier, &token, at).await.unwrap();
    for answer in [
        Err("down"),
        Ok(b"<html>".to_vec()),
        Ok(br#"{"keys": []}"#.to_vec()),
    ] {
        source.answer(answer);
        let (token, at) = hours(23);
        verify(&verifier, &token, at).await.unwrap();
    }
    let (token, at) = hours(24);
    assert!(unavailable(&verify(&verifier, &token, at).await));
}

#[tokio::test]
async fn without_any_keys_it_is_for_later() {
    let source = Source::of(&GOOGLE);
    source.answer(Err("down"));
    let verifier = Verifier::new(source.clone());
    let token = GOOGLE.sign(&claims());
    assert!(unavailable(&verify(&verifier, &token, 0).await));
    assert!(unavailable(&verify(&verifier, &token, 1).await));
    assert_eq!(source.asked(), 1);
    source.answer(Ok(GOOGLE.jwks().to_string().into_bytes()));
    verify(&verifier, &token, 60).await.unwrap();
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over() {
    let mut symmetric = GOOGLE.jwk();
    symmetric["use"] = json!("enc");
    let octets = json!({"kty": "oct", "kid": "k1", "k": "c2VjcmV0"});
    let strange = json!({"kty": "new", "kid": "k3"});
    let source = Source::of(&GOOGLE);
    let set = json!({"keys": [octets, strange, symmetric, OTHER.jwk()]});
    source.answer(Ok(set.to_string().into_bytes()));
    let verifier = Verifier::new(source);
    assert!(unknown(
        &verify(&verifier, &GOOGLE.sign(&claims()), 0).await
    ));
    verify(&verifier, &OTHER.sign(&claims()), 0).await.unwrap();
}

#[tokio::test]
async fn over_http_answers_are_bounded_and_lead_nowhere_else() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let router = Router::new()
        .route("/certs", get(async || GOOGLE.jwks().to_string()))
        .route("/long", get(async || " ".repeat(257 * 1024)))
        .route("/gone", get(async || axum::http::StatusCode::GONE))
        .route(
            "/elsewhere",
            get(async || axum::response::Redirect::to("/certs")),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move { axum::serve(listener, router).await });
    let keys = |path: &str| HttpKeys::new(format!("http://{address}{path}")).unwrap();
    let verifier = Verifier::new(Arc::new(keys("/certs")));
    let token = GOOGLE.sign(&claims());
    verify(&verifier, &token, 0).await.unwrap();
    for path in ["/long", "/gone", "/elsewhere"] {
        keys(path).fetch().await.unwrap_err();
    }
    served.abort();
    let _ = served.await;
    keys("/certs").fetch().await.unwrap_err();
}
