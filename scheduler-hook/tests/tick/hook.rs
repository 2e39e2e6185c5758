//! Attack 43: who may call the hook, and what a call does.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use berth_domain::clock::Clock as _;
use berth_fake_oidc::{ISSUER, Issuer, person};
use berth_oidc::{KeySource, KeysUnavailable, Verifier};
use berth_scheduler_hook::{Caller, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::rig::{Rig, hourly};

const AUDIENCE: &str = "https://hook.example";
pub(crate) const ACCOUNT: &str = "scheduler@project.iam.gserviceaccount.com";

/// The issuer's keys.
#[derive(Debug)]
pub(crate) struct Keys(pub(crate) Issuer);

#[async_trait]
impl KeySource for Keys {
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnavailable> {
        Ok(self.0.jwks().to_string().into_bytes())
    }
}

struct Hook {
    rig: Rig,
    issuer: Issuer,
    caller: Caller,
}

impl Hook {
    async fn new() -> Self {
        let issuer = Issuer::new("key-1");
        let verifier = Verifier::new(Arc::new(Keys(issuer.clone())));
        Self {
            rig: Rig::new().await,
            issuer,
            caller: Caller {
                verifier,
                audience: AUDIENCE.to_owned(),
                service_account: ACCOUNT.to_owned(),
            },
        }
    }

    /// What Cloud Scheduler's tokens say, with changes.
    fn claims(&self, changes: &[(&str, Value)]) -> Value {
        let now = self.rig.clock.now().as_second();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "azp": "1", "sub": "1", "email": ACCOUNT, "email_verified": true,
            "iat": now, "exp": now + 3600,
        });
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        claims
    }

    fn token(&self) -> String {
        self.issuer.sign(&self.claims(&[]))
    }

    async fn call(&self, path: &str, authorization: &[String]) -> (StatusCode, Value) {
        let mut request = Request::builder().method(Method::POST).uri(path);
        for header in authorization {
            request = request.header("authorization", header);
        }
        let service = router(self.rig.deps.clone(), self.caller.clone(), None);
        let answer = service
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 10_000)
            .await
            .unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn with_token(&self, path: &str, token: &str) -> StatusCode {
        self.call(path, &[format!("Bearer {token}")]).await.0
    }
}

#[tokio::test]
async fn a_schedule_is_fired_once_however_often_it_is_called() {
    let hook = Hook::new().await;
    let agent = hook.rig.agent().await;
    let schedule = hook.rig.schedule(&agent, hourly()).await;
    let other = hook.rig.agent().await;
    hook.rig.schedule(&other, hourly()).await;
    hook.rig.pass(60);
    let (token, path) = (
        format!("Bearer {}", hook.token()),
        format!("/fire/{}", schedule.id),
    );
    let (status, report) = hook.call(&path, std::slice::from_ref(&token)).await;
    assert_eq!((status, &report["ran"]), (StatusCode::OK, &json!(1)));
    for path in [path.as_str(), "/tick", path.as_str()] {
        let (status, _) = hook.call(path, std::slice::from_ref(&token)).await;
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(hook.rig.runs(&agent).await.len(), 1);
    assert_eq!(hook.rig.runs(&other).await.len(), 1, "the tick's");
}

#[tokio::test]
async fn a_call_that_is_early_or_of_nothing_does_nothing() {
    let hook = Hook::new().await;
    let agent = hook.rig.agent().await;
    let schedule = hook.rig.schedule(&agent, hourly()).await;
    let unknown = hook.rig.clock.uuid();
    for id in [
        schedule.id.to_string(),
        unknown.to_string(),
        "..".to_owned(),
        "x".repeat(5_000),
    ] {
        let status = hook.with_token(&format!("/fire/{id}"), &hook.token()).await;
        assert_eq!(status, StatusCode::OK);
    }
    assert!(hook.rig.runs(&agent).await.is_empty());
}

#[tokio::test]
async fn nobody_else_gets_through() {
    let hook = Hook::new().await;
    let agent = hook.rig.agent().await;
    let schedule = hook.rig.schedule(&agent, hourly()).await;
    hook.rig.pass(60);
    let now = hook.rig.clock.now().as_second();
    let sign = |changes: &[(&str, Value)]| hook.issuer.sign(&hook.claims(changes));
    let user = person("client.apps.example", "n", "7", "mina@example.com", now);
    let stranger = Issuer::new("key-1");
    let refused = [
        ("no token", String::new(), 401),
        ("no token at all", "e30.e30.".to_owned(), 401),
        ("a user's token", hook.issuer.sign(&user), 401),
        (
            "of a user, for us",
            sign(&[("email", json!("mina@example.com"))]),
            403,
        ),
        (
            "another account",
            sign(&[("email", json!("runner@project.iam.gserviceaccount.com"))]),
            403,
        ),
        (
            "a longer account",
            sign(&[("email", json!(format!("{ACCOUNT}.evil")))]),
            403,
        ),
        (
            "another audience",
            sign(&[("aud", json!("https://api.example"))]),
            401,
        ),
        (
            "almost our audience",
            sign(&[("aud", json!(format!("{AUDIENCE}/")))]),
            401,
        ),
        ("many audiences", sign(&[("aud", json!([AUDIENCE]))]), 401),
        (
            "another issuer",
            sign(&[("iss", json!("https://evil.example"))]),
            401,
        ),
        ("expired", sign(&[("exp", json!(now - 61))]), 401),
        ("of tomorrow", sign(&[("iat", json!(now + 86_400))]), 401),
        (
            "not verified",
            sign(&[("email_verified", json!(false))]),
            401,
        ),
        (
            "no word of it",
            sign(&[("email_verified", Value::Null)]),
            401,
        ),
        ("alg none", hook.issuer.unsigned(&hook.claims(&[])), 401),
        (
            "HS256 with the public key",
            hook.issuer.confuse(&hook.claims(&[])),
            401,
        ),
        (
            "signed by a stranger",
            stranger.sign(&hook.claims(&[])),
            401,
        ),
        ("changed", format!("{}x", hook.token()), 401),
    ];
    for (what, token, expected) in refused {
        for path in [
            format!("/fire/{}", schedule.id),
            "/tick".to_owned(),
            "/nothing".to_owned(),
        ] {
            let status = hook.with_token(&path, &token).await;
            assert_eq!(status.as_u16(), expected, "{what} {path}");
        }
    }
    let token = hook.token();
    for headers in [
        vec![],
        vec![token.clone()],
        vec![format!("Basic {token}")],
        vec![format!("Bearer {token}"); 2],
    ] {
        assert_eq!(
            hook.call("/tick", &headers).await.0,
            StatusCode::UNAUTHORIZED
        );
    }
    assert!(hook.rig.runs(&agent).await.is_empty());
    assert_eq!(hook.with_token("/tick", &token).await, StatusCode::OK);
}

#[tokio::test]
async fn unknown_keys_ask_the_issuer_once_a_minute() {
    let hook = Hook::new().await;
    let strangers: Vec<_> = (0..3)
        .map(|number| Issuer::new(&format!("unknown-{number}")))
        .collect();
    for stranger in &strangers {
        let token = stranger.sign(&hook.claims(&[]));
        assert_eq!(
            hook.with_token("/tick", &token).await,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(hook.issuer.fetches(), 1);
    assert_eq!(
        hook.with_token("/tick", &hook.token()).await,
        StatusCode::OK
    );
    assert_eq!(hook.issuer.fetches(), 1);
    hook.rig.pass(2);
    let token = strangers[0].sign(&hook.claims(&[]));
    assert_eq!(
        hook.with_token("/tick", &token).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(hook.issuer.fetches(), 2);
}
