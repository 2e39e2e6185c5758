//! Vertex AI as the upstream: the container sees the Messages API as ever.

use berth_domain::ports::gateway::{CallErrorKind, VertexSettings};
use berth_domain::usage::MicroUsd;

use super::model::message;
use super::*;
use crate::http::full;

const ASKED: &str = r#"{"model":"claude-opus-4-5-20251101","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

const STREAM: &str = concat!(
    "event: unheard_of\ndata: {\"type\":\"unheard_of\"}\n\n",
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_vrtx_1\",\"model\":\"claude-opus-4-5-20251101\",\"usage\":{\"input_tokens\":1000,\"output_tokens\":1}}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"output_tokens\":50}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

const MODELS: &str = "/v1/projects/berth-1/locations/europe-west1/publishers/anthropic/models";

fn streamed(_: Asked) -> Response<Body> {
    Response::builder()
        .header("content-type", "text/event-stream; charset=utf-8")
        .body(full(STREAM))
        .unwrap()
}

async fn vertex(
    script: impl Fn(Asked) -> Response<Body> + Send + Sync + 'static,
) -> (Upstream, Bench) {
    let upstream = Upstream::start(script).await;
    let bench = Bench::start(&format!("http://{}", upstream.address)).await;
    let models = vec!["claude-opus-4-5@20251101".to_owned()];
    let settings = VertexSettings::new("berth-1", "europe-west1", models).unwrap();
    // The key stays: it must not go to Google.
    bench
        .settings
        .send_modify(|model| model.vertex = Some(settings));
    *bench.tokens.0.lock().unwrap() = Some(Secret::new("ya29.service-account"));
    (upstream, bench)
}

#[tokio::test]
async fn a_stream_comes_from_vertex_and_is_metered_the_same() {
    let (upstream, bench) = vertex(streamed).await;
    let mut request = bench.messages(ASKED);
    for (name, value) in [
        ("anthropic-version", "2023-06-01"),
        (
            "anthropic-beta",
            "claude-code-20250219,context-1m-2025-08-07,interleaved-thinking-2025-05-14,web-search-2025-03-05",
        ),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(bench.ask(request).await, (200, STREAM.to_owned()));
    let asked = &upstream.asked()[0];
    assert_eq!(
        asked.target,
        format!("{MODELS}/claude-opus-4-5@20251101:streamRawPredict")
    );
    assert_eq!(
        asked.headers["authorization"],
        "Bearer ya29.service-account"
    );
    assert_eq!(
        asked.headers["anthropic-beta"],
        "claude-code-20250219,interleaved-thinking-2025-05-14"
    );
    assert!(!asked.headers.contains_key("x-api-key"));
    let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body.get("model"), None);
    assert_eq!(body["anthropic_version"], "vertex-2023-10-16");
    assert_eq!(
        (&body["stream"], &body["max_tokens"]),
        (&true.into(), &100.into())
    );
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == 1)
        .await;
    // 1,000 tokens in at 5 dollars and 50 out at 25 dollars a million, and the region's 10 percent.
    let spend = bench.server.status(bench.run);
    assert_eq!(spend.usage.cost_micro_usd, MicroUsd(6_875));
    assert_eq!(
        (spend.usage.tokens.input, spend.usage.tokens.output),
        (1_000, 50)
    );
}

#[tokio::test]
async fn whole_answers_and_counts_have_addresses_of_their_own() {
    let (upstream, bench) = vertex(message).await;
    let whole = ASKED.replace(r#""stream":true,"#, "");
    assert_eq!(bench.ask(bench.messages(whole)).await.0, 200);
    let mut count = bench.request("POST", "/v1/messages/count_tokens", ASKED);
    let beta = "tool-search-tool-2025-10-19".parse().unwrap();
    count.headers_mut().insert("anthropic-beta", beta);
    assert_eq!(bench.ask(count).await.0, 200);
    let asked = upstream.asked();
    assert_eq!(
        asked[0].target,
        format!("{MODELS}/claude-opus-4-5@20251101:rawPredict")
    );
    assert_eq!(asked[1].target, format!("{MODELS}/count-tokens:rawPredict"));
    assert!(!asked[1].headers.contains_key("anthropic-beta"));
    let body: serde_json::Value = serde_json::from_slice(&asked[1].body).unwrap();
    assert_eq!(body["model"], "claude-opus-4-5@20251101");
    assert_eq!(body.get("max_tokens"), None);
}

#[tokio::test]
async fn the_models_are_those_of_the_settings() {
    let (upstream, bench) = vertex(message).await;
    let (status, body) = bench.ask(bench.request("GET", "/v1/models", "")).await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert_eq!(body["data"][0]["id"], "claude-opus-4-5@20251101");
    assert_eq!(
        (&body["has_more"], &body["last_id"]),
        (&false.into(), &body["data"][0]["id"])
    );
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn errors_of_google_become_the_messages_apis_and_cost_nothing() {
    let (_, bench) = vertex(|asked| {
        let status: u16 = asked.headers["user-agent"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        let text = "denied for runner@berth-1.iam.gserviceaccount.com on projects/berth-1";
        let error =
            serde_json::json!([{"error": {"code": status, "message": text, "status": "X"}}]);
        Response::builder()
            .status(status)
            .header("retry-after", "7")
            .body(full(error.to_string()))
            .unwrap()
    })
    .await;
    for (status, expected, kind) in [
        ("400", 400, "invalid_request_error"),
        ("401", 502, "api_error"),
        ("403", 502, "api_error"),
        ("404", 404, "not_found_error"),
        ("429", 429, "rate_limit_error"),
        ("500", 500, "api_error"),
        ("503", 503, "overloaded_error"),
    ] {
        let mut request = bench.messages(ASKED);
        let agent = status.parse().unwrap();
        request.headers_mut().insert("user-agent", agent);
        let response = bench.send(request).await;
        assert_eq!(response.headers()["retry-after"], "7");
        let retried = !response.headers().contains_key("x-should-retry");
        assert_eq!(retried, !matches!(status, "401" | "403"), "{status}");
        let (answered, body) = read(response).await;
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (answered, &told["error"]["type"]),
            (expected, &kind.into()),
            "{body}"
        );
        assert_eq!(told["type"], "error");
        assert!(!body.contains("berth-1"), "{body}");
        let error = bench.server.status(bench.run).last_error.unwrap();
        assert_eq!(
            (error.status, error.message.contains("berth-1")),
            (expected, false)
        );
    }
    let spend = bench.server.status(bench.run);
    assert_eq!(spend.usage.cost_micro_usd, MicroUsd(0));
}

#[tokio::test]
async fn what_was_wrong_with_a_request_is_told() {
    let told = "prompt is too long: 200001 tokens > 200000 maximum";
    let (_, bench) = vertex(move |_| {
        let error = serde_json::json!({"type": "error", "error": {"type": "invalid_request_error", "message": told}});
        Response::builder().status(400).body(full(error.to_string())).unwrap()
    })
    .await;
    let (status, body) = bench.ask(bench.messages(ASKED)).await;
    assert_eq!(status, 400);
    assert!(body.contains(told), "{body}");
}

#[tokio::test]
async fn names_that_are_no_models_and_a_missing_token_reach_nothing() {
    let (upstream, bench) = vertex(message).await;
    for model in ["../../x", "claude:rawPredict?a=b", "Claude", "count-tokens"] {
        let body = ASKED.replace("claude-opus-4-5-20251101", model);
        let (status, body) = bench.ask(bench.messages(body)).await;
        assert_eq!(status, 400, "{model}");
        assert!(body.contains("invalid_request_error"), "{body}");
    }
    *bench.tokens.0.lock().unwrap() = None;
    let (status, body) = bench.ask(bench.messages(ASKED)).await;
    assert_eq!(status, 503);
    assert!(
        body.contains(r#""type":"api_error""#) && body.contains("this installation"),
        "{body}"
    );
    assert!(!body.contains("metadata"), "{body}");
    let error = bench.server.status(bench.run).last_error.unwrap();
    assert_eq!(error.kind, CallErrorKind::Upstream);
    assert!(upstream.asked().is_empty());
}
