//! Secrets of agents.

use http::Method;
use serde_json::{Value, json};

use crate::support::Rig;

#[tokio::test]
async fn a_secret_is_stored_and_never_shown() {
    let rig = Rig::new().await;
    let secrets = format!("/api/agents/{}/secrets", rig.agent("A").await);
    let one = format!("{secrets}/API_KEY");
    let put = rig
        .call(Method::PUT, &one, json!({"value": "hush-hush"}))
        .await;
    assert_eq!(put.status, 204);
    let listed = rig.get(&secrets).await;
    assert_eq!(
        listed.json(),
        json!({"items": [{"name": "API_KEY"}], "next": null})
    );
    assert_eq!(rig.get(&one).await.json(), json!({"name": "API_KEY"}));
    assert_eq!(
        rig.call(Method::DELETE, &one, Value::Null).await.status,
        204
    );
    for method in [Method::GET, Method::DELETE] {
        let gone = rig.call(method, &one, Value::Null).await;
        assert_eq!(gone.problem(), (404, "secret.not_found".to_owned()));
    }
}

#[tokio::test]
async fn names_that_mean_something_are_refused() {
    let rig = Rig::new().await;
    let secrets = format!("/api/agents/{}/secrets", rig.agent("A").await);
    for name in ["PATH", "ANTHROPIC_API_KEY", "lower", "A-B", "%EB%B9%84"] {
        let path = format!("{secrets}/{name}");
        let put = rig.call(Method::PUT, &path, json!({"value": "x"})).await;
        assert_eq!(put.problem(), (400, "secret.name".to_owned()), "{name}");
    }
    for value in ["", "a\u{0}b"] {
        let put = rig
            .call(
                Method::PUT,
                &format!("{secrets}/KEY"),
                json!({"value": value}),
            )
            .await;
        assert_eq!(put.problem(), (400, "secret.value".to_owned()));
    }
}
