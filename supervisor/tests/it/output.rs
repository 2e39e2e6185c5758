//! stdout: numbered, kept until acknowledged, never lost.

use berth_supervisor_protocol::ErrorCode;
use futures::{StreamExt as _, TryStreamExt as _};

use crate::harness::{Supervisor, eventually, id, python, shell, within};

#[tokio::test]
async fn bytes_can_be_read_again_from_any_number() {
    let supervisor = Supervisor::start().await;
    let spec = shell("p", "seq 1 20000");
    supervisor.start_process(&spec).await;
    let whole = supervisor.whole_stdout(&spec.id).await;
    assert!(whole.ends_with("\n20000\n"));
    for from in [0, 1, 5000, whole.len() - 1, whole.len()] {
        let stream = supervisor
            .client
            .stdout(&spec.id, from as u64)
            .await
            .expect("a stream");
        let chunks: Vec<_> = stream.try_collect().await.expect("bytes");
        assert!(chunks.concat() == whole.as_bytes()[from..], "from {from}");
    }
    let end = whole.len() as u64;
    let beyond = supervisor
        .client
        .stdout(&spec.id, end + 1)
        .await
        .expect_err("beyond");
    assert_eq!(beyond.code(), Some(ErrorCode::Range));
    supervisor
        .client
        .ack(&spec.id, 5000)
        .await
        .expect("acknowledged");
    supervisor
        .client
        .ack(&spec.id, 10)
        .await
        .expect("backwards is nothing");
    let before = supervisor
        .client
        .stdout(&spec.id, 4999)
        .await
        .expect_err("before");
    assert!(before.is_gone());
    assert!(supervisor.client.stdout(&spec.id, 5000).await.is_ok());
    assert!(supervisor.client.ack(&spec.id, end + 1).await.is_err());
    let state = supervisor
        .client
        .process(&spec.id)
        .await
        .expect("an answer")
        .expect("kept")
        .stdout;
    assert_eq!((state.first, state.next, state.closed), (5000, end, true));
}

#[tokio::test]
async fn an_endless_writer_is_held_back_and_goes_on_after_an_acknowledgement() {
    let supervisor = Supervisor::start().await;
    let mut spec = python(
        "endless",
        "import os\nn=0\nwhile True: os.write(1, b'%08d' % n); n+=1",
    );
    spec.ring_bytes = Some(65536);
    supervisor.start_process(&spec).await;
    let next = async || {
        supervisor
            .client
            .process(&spec.id)
            .await
            .expect("an answer")
            .expect("running")
            .stdout
            .next
    };
    eventually("the ring is full", async || next().await == 65536).await;
    // Everything that comes later must be what would have come: eight digits counting up.
    let (mut read, mut carry) = (0_u64, Vec::new());
    let mut expected = 0_u64;
    while read < 1_000_000 {
        assert!(next().await - read <= 65536);
        let mut stream = supervisor
            .client
            .stdout(&spec.id, read)
            .await
            .expect("a stream");
        let chunk = within("bytes", stream.next())
            .await
            .expect("more")
            .expect("bytes");
        read += chunk.len() as u64;
        carry.extend_from_slice(&chunk);
        let whole = carry.len() / 8 * 8;
        for number in carry.drain(..whole).collect::<Vec<_>>().chunks(8) {
            assert_eq!(number, format!("{expected:08}").as_bytes());
            expected += 1;
        }
        supervisor
            .client
            .ack(&spec.id, read)
            .await
            .expect("acknowledged");
    }
    supervisor
        .client
        .remove(&spec.id)
        .await
        .expect("removed while the ring is full");
}

#[tokio::test]
async fn a_stream_is_live_and_ends_with_the_last_holder() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("cat", "exec cat");
    spec.stdin = true;
    supervisor.start_process(&spec).await;
    let mut stream = supervisor
        .client
        .stdout(&spec.id, 0)
        .await
        .expect("a stream");
    for round in 0..5 {
        let text = format!("line {round}\n");
        supervisor
            .client
            .write_stdin(&spec.id, &text, text.clone())
            .await
            .expect("accepted");
        let chunk = within("an echo", stream.next())
            .await
            .expect("more")
            .expect("bytes");
        assert_eq!(chunk, text);
    }
    supervisor
        .client
        .close_stdin(&spec.id)
        .await
        .expect("closed");
    assert!(within("the end", stream.next()).await.is_none());
}

#[tokio::test]
async fn removing_a_process_breaks_its_streams_off() {
    let supervisor = Supervisor::start().await;
    let spec = shell("p", "echo x; exec sleep 60");
    supervisor.start_process(&spec).await;
    let stream = supervisor
        .client
        .stdout(&spec.id, 0)
        .await
        .expect("a stream");
    supervisor.client.remove(&spec.id).await.expect("removed");
    // Whether the end or the breaking off is seen first, the stream is over.
    let _ = within("the stream ends", stream.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn only_the_end_of_stderr_is_kept() {
    let supervisor = Supervisor::start().await;
    supervisor
        .start_process(&shell("p", "seq 1 100000 >&2; echo end >&2"))
        .await;
    eventually("the end of stderr", async || {
        let process = supervisor
            .client
            .process(&id("p"))
            .await
            .expect("an answer")
            .expect("kept");
        process.stderr_tail.ends_with("\n100000\nend\n") && process.stderr_tail.len() == 64 * 1024
    })
    .await;
}

#[tokio::test]
async fn a_start_can_be_answered_with_all_that_is_written() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell("p", "read line; echo \"first $line\"; echo second");
    spec.stdin = true;
    let followed = supervisor
        .client
        .start_and_follow(&spec)
        .await
        .expect("started");
    assert!(followed.started.created && followed.started.process.is_running());
    // It writes only now, when the answer is there already.
    supervisor
        .client
        .write_stdin(&spec.id, "k", "line\n")
        .await
        .expect("taken");
    let stdout = followed.stdout.expect("it was started");
    let chunks: Vec<_> = within("stdout ends", stdout.try_collect())
        .await
        .expect("bytes");
    assert_eq!(chunks.concat(), b"first line\nsecond\n");

    // The same id again: the process is found, and nothing is read from where others may have acknowledged it.
    let again = supervisor
        .client
        .start_and_follow(&spec)
        .await
        .expect("found");
    assert!(!again.started.created && again.stdout.is_none());
    assert_eq!(
        supervisor.whole_stdout(&spec.id).await,
        "first line\nsecond\n"
    );
}
