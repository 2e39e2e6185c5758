//! stdin: each write once, whole, and without waiting for anybody.

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::process::Input;
use berth_supervisor_protocol::socket::{SUPERVISOR, SocketDir};
use tokio::io::AsyncWriteExt as _;

use crate::harness::{Supervisor, eventually, shell, within};

#[tokio::test]
async fn a_key_writes_once() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("cat", "echo ready; exec cat");
    spec.stdin = true;
    supervisor.start_process(&spec).await;
    eventually("it is ready", async || {
        supervisor
            .client
            .process(&spec.id)
            .await
            .expect("an answer")
            .expect("running")
            .stdout
            .next
            == 6
    })
    .await;
    let first = supervisor
        .client
        .write_stdin(&spec.id, "a key/1", "one\n")
        .await
        .expect("accepted");
    assert!(!first.repeated);
    assert_eq!(first.stdout_offset, 6);
    for _ in 0..3 {
        let again = supervisor
            .client
            .write_stdin(&spec.id, "a key/1", "one\n")
            .await
            .expect("an answer");
        assert!(again.repeated);
        assert_eq!(again.stdout_offset, 6);
    }
    supervisor
        .client
        .write_stdin(&spec.id, "a key/2", "two\n")
        .await
        .expect("accepted");
    supervisor
        .client
        .close_stdin(&spec.id)
        .await
        .expect("closed");
    assert_eq!(supervisor.whole_stdout(&spec.id).await, "ready\none\ntwo\n");
    let late = supervisor
        .client
        .write_stdin(&spec.id, "a key/3", "three\n")
        .await
        .expect_err("closed");
    assert!(late.is_gone());
    assert!(
        supervisor
            .client
            .write_stdin(&spec.id, "a key/1", "one\n")
            .await
            .expect("an answer")
            .repeated
    );
}

#[tokio::test]
async fn what_comes_with_the_start_is_written_once() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("cat", "exec cat");
    spec.stdin = true;
    spec.input = Some(Input {
        key: "first".into(),
        text: "one\n".into(),
    });
    for repeated in [false, true] {
        let started = supervisor.client.start(&spec).await.expect("an answer");
        let input = started.process.input.expect("taken");
        assert_eq!(
            (started.created, input.repeated, input.stdout_offset),
            (!repeated, repeated, 0)
        );
    }
    let again = supervisor.client.write_stdin(&spec.id, "first", "one\n");
    assert!(again.await.expect("an answer").repeated);
    supervisor
        .client
        .close_stdin(&spec.id)
        .await
        .expect("closed");
    assert_eq!(supervisor.whole_stdout(&spec.id).await, "one\n");
}

#[tokio::test]
async fn twenty_megabytes_are_accepted_at_once_and_arrive() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("count", "sleep 0.2; wc -c");
    spec.stdin = true;
    supervisor.start_process(&spec).await;
    supervisor
        .client
        .write_stdin(&spec.id, "big", vec![b'x'; 20 << 20])
        .await
        .expect("accepted");
    supervisor
        .client
        .close_stdin(&spec.id)
        .await
        .expect("closed");
    assert_eq!(
        supervisor.whole_stdout(&spec.id).await.trim(),
        (20 << 20).to_string()
    );
}

#[tokio::test]
async fn too_much_is_refused() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("deaf", "exec sleep 60");
    spec.stdin = true;
    supervisor.start_process(&spec).await;
    let error = supervisor
        .client
        .write_stdin(&spec.id, "k", vec![0; (32 << 20) + 1])
        .await
        .expect_err("refused");
    assert_eq!(error.code(), Some(ErrorCode::TooLarge), "{error}");
    for round in 0..2 {
        let part = vec![0; 30 << 20];
        supervisor
            .client
            .write_stdin(&spec.id, &round.to_string(), part)
            .await
            .expect("accepted");
    }
    let error = supervisor
        .client
        .write_stdin(&spec.id, "more", vec![0; 30 << 20])
        .await
        .expect_err("refused");
    assert_eq!(error.code(), Some(ErrorCode::Busy));
}

#[tokio::test]
async fn half_a_write_is_none() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("cat", "exec cat");
    spec.stdin = true;
    supervisor.start_process(&spec).await;
    let dir = SocketDir::open(&supervisor.sockets).expect("the folder");
    let mut raw = tokio::net::UnixStream::connect(dir.address(SUPERVISOR))
        .await
        .expect("a connection");
    let head = "POST /v1/processes/cat/stdin?key=k HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf of it";
    raw.write_all(head.as_bytes()).await.expect("sent");
    drop(raw);
    let whole = supervisor
        .client
        .write_stdin(&spec.id, "k", "whole\n")
        .await
        .expect("accepted");
    assert!(!whole.repeated);
    supervisor
        .client
        .close_stdin(&spec.id)
        .await
        .expect("closed");
    assert_eq!(
        within("the end", supervisor.whole_stdout(&spec.id)).await,
        "whole\n"
    );
}
