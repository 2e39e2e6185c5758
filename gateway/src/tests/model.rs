use std::time::Duration;

use berth_domain::ports::gateway::CallErrorKind;
use berth_domain::usage::MicroUsd;
use futures::StreamExt as _;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::*;
use crate::http::full;

pub(super) const HELLO: &str =
    r#"{"model":"claude-opus-5-5","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;

pub(super) const MESSAGE: &str = r#"{"type":"message","model":"claude-opus-5-5","content":[],"usage":{"input_tokens":1000,"output_tokens":50}}"#;

pub(super) fn message(_: Asked) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(full(MESSAGE))
        .unwrap()
}

pub(super) async fn model(
    script: impl Fn(Asked) -> Response<Body> + Send + Sync + 'static,
) -> (Upstream, Bench) {
    let upstream = Upstream::start(script).await;
    let bench = Bench::start(&format!("http://{}", upstream.address)).await;
    (upstream, bench)
}

/// An upstream whose one answer is fed frame by frame.
pub(super) async fn streaming() -> (Bench, mpsc::Sender<&'static str>) {
    let (frames, receiver) = mpsc::channel::<&'static str>(8);
    let receiver = Mutex::new(Some(receiver));
    let (_, bench) = model(move |_| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        let frames = frames_of(receiver);
        let body = http_body_util::BodyExt::boxed_unsync(StreamBody::new(frames));
        Response::builder()
            .header("content-type", "text/event-stream; charset=utf-8")
            .body(body)
            .unwrap()
    })
    .await;
    (bench, frames)
}

fn frames_of(
    receiver: mpsc::Receiver<&'static str>,
) -> impl futures::Stream<Item = Result<Frame<Bytes>, crate::http::BoxError>> {
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|text| (text, receiver))
    })
    .map(|text| Ok(Frame::data(Bytes::from_static(text.as_bytes()))))
}

pub(super) const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\
    \"claude-opus-5-5\",\"usage\":{\"input_tokens\":1000,\"output_tokens\":1}}}\n\n";
pub(super) const DELTA: &str = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\
    \"text\":\"hello\"}}\n\n";
const END: &str = "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":50}}\n\n";

#[tokio::test]
async fn a_call_goes_out_with_the_real_key_and_nothing_of_the_callers() {
    let (upstream, bench) = model(message).await;
    let mut request = bench.messages(HELLO);
    request
        .headers_mut()
        .insert("cookie", "a=b".parse().unwrap());
    request
        .headers_mut()
        .insert("anthropic-version", "2023-06-01".parse().unwrap());
    assert_eq!(bench.ask(request).await, (200, MESSAGE.to_owned()));
    let asked = &upstream.asked()[0];
    assert_eq!(asked.target, "/v1/messages?beta=true");
    assert_eq!(asked.body, HELLO);
    assert_eq!(asked.headers["x-api-key"], KEY);
    assert_eq!(asked.headers["anthropic-version"], "2023-06-01");
    assert!(!asked.headers.contains_key("authorization") && !asked.headers.contains_key("cookie"));
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == 1)
        .await;
    // 1,000 tokens in at 4 dollars and 50 out at 20 dollars a million.
    assert_eq!(
        bench.books.entries.lock().unwrap()[0].cost_micro_usd,
        MicroUsd(5_000)
    );
    let spend = bench.server.status(bench.run);
    assert_eq!(spend.model.as_deref(), Some("claude-opus-5-5"));
    assert_eq!(
        (spend.calls, spend.usage.cost_micro_usd, spend.last_error),
        (1, MicroUsd(5_000), None)
    );
}

#[tokio::test]
async fn frames_pass_as_they_arrive_and_the_last_usage_is_charged() {
    let (bench, frames) = streaming().await;
    frames.send(START).await.unwrap();
    let mut body = bench.send(bench.messages(HELLO)).await.into_body();
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        START
    );
    for _ in 0..3 {
        // The next frame exists only after this one has been seen.
        frames.send(DELTA).await.unwrap();
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            DELTA
        );
    }
    let mut watch = bench.server.watch(bench.run).unwrap();
    frames.send(END).await.unwrap();
    drop(frames);
    assert_eq!(body.collect().await.unwrap().to_bytes(), END);
    let spend = watch
        .wait_for(|spend| spend.usage.calls == 1)
        .await
        .unwrap()
        .clone();
    assert_eq!(
        (spend.usage.tokens.input, spend.usage.tokens.output),
        (1_000, 50)
    );
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_reached() {
    let (upstream, bench) = model(message).await;
    let other_dir = tempfile::tempdir().unwrap();
    let other = UserId(Uuid::from_u128(99));
    bench
        .server
        .open(other, other_dir.path(), &Registries::default())
        .await
        .unwrap();
    let elsewhere = read(send(other_dir.path(), bench.messages(HELLO)).await).await;
    assert_eq!(elsewhere.0, 401, "another workspace's token");
    for (name, value) in [
        ("authorization", "Bearer berth_wrong"),
        ("authorization", "Bearer "),
        ("x-api-key", "sk-own"),
    ] {
        let mut request = bench.messages(HELLO);
        request.headers_mut().insert(name, value.parse().unwrap());
        let (status, body) = bench.ask(request).await;
        assert_eq!(status, 401, "{name}: {value}");
        assert!(body.contains(r#""type":"authentication_error""#), "{body}");
    }
    bench.server.revoke(bench.token.hash()).await;
    assert_eq!(
        bench.ask(bench.messages(HELLO)).await.0,
        401,
        "a revoked token"
    );
    assert!(upstream.asked().is_empty());
}

/// A gateway that was started anew knows no token yet, which is no reason to call one wrong: the CLI would give up.
#[tokio::test]
async fn until_everything_granted_is_told_no_token_is_wrong() {
    let (upstream, bench) = model(message).await;
    bench.told.send_replace(false);
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    bench.server.revoke(bench.token.hash()).await;
    let answer = bench.send(bench.messages(HELLO)).await;
    assert_eq!(answer.headers()["x-should-retry"], "true");
    let (status, body) = read(answer).await;
    assert_eq!(status, 503);
    // Not `overloaded_error`, at which the CLI soon gives up.
    assert!(body.contains(r#""type":"api_error""#), "{body}");
    let mut none = bench.messages(HELLO);
    none.headers_mut().remove("authorization");
    assert_eq!(bench.ask(none).await.0, 401, "no token at all");
    bench.told.send_replace(true);
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 401);
    assert_eq!(upstream.asked().len(), 1);
}

#[tokio::test]
async fn while_it_leaves_calls_end_and_none_begins() {
    let (upstream, bench) = model(message).await;
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    bench.server.drain(Duration::from_secs(10)).await;
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 503);
    assert_eq!(upstream.asked().len(), 1);
    assert_eq!(bench.server.revoke(bench.token.hash()).await.calls, 1);
}

/// Its end cannot wait for a long answer, and whoever waits for one is not told that their token is wrong.
#[tokio::test]
async fn what_takes_longer_than_it_may_is_cut_and_charged() {
    let (bench, frames) = streaming().await;
    frames.send(START).await.unwrap();
    let answer = bench.send(bench.messages(HELLO)).await;
    assert_eq!(answer.status(), 200);
    bench.server.drain(Duration::ZERO).await;
    assert!(answer.into_body().collect().await.is_err());
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == 1)
        .await;

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bench = Bench::start(&format!("http://{}", silent.local_addr().unwrap())).await;
    let waiting = async {
        let _asked = silent.accept().await.unwrap();
        bench.server.drain(Duration::ZERO).await;
        std::future::pending::<()>().await;
    };
    let (status, _) = tokio::select! {
        answer = bench.ask(bench.messages(HELLO)) => answer,
        () = waiting => unreachable!("it waits for ever"),
    };
    assert_eq!(status, 503);
}

#[tokio::test]
async fn other_paths_and_requests_are_refused() {
    let (upstream, bench) = model(message).await;
    for (method, target, status) in [
        ("POST", "/v1/files", 403),
        ("POST", "//v1/../files", 403),
        ("POST", "/v1/messages/%2e%2e/files", 403),
        ("DELETE", "/v1/messages", 403),
        ("GET", "/", 403),
        ("HEAD", "/api/hello", 404),
    ] {
        assert_eq!(
            bench.ask(bench.request(method, target, "")).await.0,
            status,
            "{method} {target}"
        );
    }
    let mut compressed = bench.messages(HELLO);
    compressed
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(bench.ask(compressed).await.0, 415);
    assert_eq!(
        bench.ask(bench.messages(vec![b' '; 65 * 1024])).await.0,
        413
    );
    assert_eq!(
        bench
            .ask(bench.messages(r#"{"model":"a","model":"b","max_tokens":1}"#))
            .await
            .0,
        400
    );
    let refused = bench.server.status(bench.run).last_error.unwrap();
    assert_eq!(refused.kind, CallErrorKind::Refused);
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn requests_that_could_be_read_in_two_ways_are_refused() {
    let (upstream, bench) = model(message).await;
    for head in [
        "POST /v1/messages HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/messages HTTP/1.1\nHost: a\n\n",
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let answer = bench.raw(head.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 400")
                || answer.starts_with("HTTP/1.1 505")
                || answer.is_empty(),
            "{answer}"
        );
    }
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn a_connection_carries_one_request() {
    let (_, bench) = model(message).await;
    let twice = "HEAD /api/hello HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    assert_eq!(
        bench
            .raw(twice.as_bytes())
            .await
            .matches("HTTP/1.1")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_missing_key_is_told_and_a_new_one_holds_at_once() {
    let (upstream, bench) = model(message).await;
    bench.settings.send_modify(|settings| settings.key = None);
    let (status, body) = bench.ask(bench.messages(HELLO)).await;
    assert_eq!(status, 401);
    assert!(body.contains("no model key is set"), "{body}");
    assert_eq!(
        bench.server.status(bench.run).last_error.unwrap().kind,
        CallErrorKind::NoKey
    );
    bench
        .settings
        .send_modify(|settings| settings.key = Some(Secret::new("sk-2")));
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    assert_eq!(upstream.asked()[0].headers["x-api-key"], "sk-2");
    assert_eq!(bench.server.status(bench.run).last_error, None);
}

#[tokio::test]
async fn an_error_of_the_model_is_passed_on_and_charged_nothing() {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#;
    let (_, bench) = model(move |_| {
        Response::builder()
            .status(429)
            .header("retry-after", "7")
            .header("set-cookie", "a=b")
            .body(full(body))
            .unwrap()
    })
    .await;
    let response = bench.send(bench.messages(HELLO)).await;
    assert_eq!(response.headers()["retry-after"], "7");
    assert!(!response.headers().contains_key("set-cookie"));
    assert_eq!(read(response).await, (429, body.to_owned()));
    let spend = bench.server.status(bench.run);
    assert_eq!(spend.usage.cost_micro_usd, MicroUsd(0));
    let error = spend.last_error.unwrap();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (CallErrorKind::Overloaded, "slow down")
    );
}

#[tokio::test]
async fn counting_tokens_and_listing_models_are_free() {
    let (upstream, bench) = model(|_| Response::new(full(r#"{"input_tokens":3}"#))).await;
    let count = bench.request(
        "POST",
        "/v1/messages/count_tokens",
        r#"{"model":"m","messages":[]}"#,
    );
    assert_eq!(bench.ask(count).await.0, 200);
    assert_eq!(
        bench.ask(bench.request("GET", "/v1/models", "")).await.0,
        200
    );
    let targets: Vec<_> = upstream
        .asked()
        .into_iter()
        .map(|asked| asked.target)
        .collect();
    assert_eq!(
        targets,
        ["/v1/messages/count_tokens?beta=true", "/v1/models"]
    );
    assert_eq!(
        bench.server.status(bench.run),
        berth_domain::ports::gateway::RunSpend::default()
    );
}
