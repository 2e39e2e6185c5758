//! What is ended is gone, and nothing else is.

use std::time::Duration;

use berth_domain::ids::AgentId;
use berth_runner::workspace::AgentSeat;
use berth_supervisor_protocol::process::{Signal, SignalTarget};
use futures::StreamExt as _;
use tokio::time::Instant;
use uuid::Uuid;

use crate::house::House;

/// Deaf to TERM, in sessions of its own, forked twice, and forking on.
const HYDRA: &str = "
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() > 0: os._exit(0)
        while True:
            if os.fork() > 0: os._exit(0)
            os.setsid()
if os.fork() == 0:
    os.setsid()
    time.sleep(600)
print('ready', flush=True)
time.sleep(600)
";

#[tokio::test]
async fn everything_an_agent_started_ends_within_five_seconds_and_nothing_else() {
    let house = House::open().await;
    let (one, two) = (house.agent(1), house.agent(2));
    house.sleeper(&two, "neighbour").await;
    let client = house.berth.client();
    for way in ["remove", "end"] {
        let spec = house.start(&one, "hydra", &["python3", "-c", HYDRA]).await;
        let mut stdout = client.stdout(&spec.id, 0).await.expect("its output");
        stdout.next().await.expect("ready").expect("bytes");
        let asked = client
            .signal(&spec.id, Signal::Term, SignalTarget::Tree)
            .await;
        asked.expect("asked to end");
        let began = Instant::now();
        if way == "remove" {
            client.remove(&spec.id).await.expect("removed");
        } else {
            house.sleeper(&one, "another").await;
            one.end(client).await.expect("ended");
        }
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{way}: {took:?}");
        let left = house
            .says(&two, "grep -l '^Uid:.10001' /proc/[0-9]*/status")
            .await;
        assert_eq!(left, "", "{way}");
        assert!(house.is_running("neighbour").await, "{way}");
    }
    assert!(!house.is_running("another").await);
}

#[tokio::test]
async fn an_agent_is_ended_also_where_a_shim_was_killed() {
    let house = House::open().await;
    let (one, two) = (house.agent(1), house.agent(2));
    house.sleeper(&one, "orphan").await;
    house.sleeper(&two, "neighbour").await;
    house
        .bench
        .as_root(&["pkill", "-KILL", "-x", "berth-shim"])
        .await;
    // Of each agent one process lives on, below nobody who knows it.
    let count = "grep -l '^Uid:.10001' /proc/[0-9]*/status | wc -l; pgrep -c -x -u 10002 sleep";
    assert_eq!(house.says(&two, count).await, "1\n1\n");
    one.end(house.berth.client()).await.expect("ended");
    assert_eq!(house.says(&two, count).await, "0\n1\n");
}

#[tokio::test]
async fn what_an_agent_had_of_its_own_can_be_deleted() {
    let house = House::open().await;
    let one = house.agent(1);
    let line = "mkdir -p ~/.cache/x; touch ~/.cache/x/y $TMPDIR/z kept; chmod -R 500 ~/.cache";
    assert_eq!(house.says(&one, line).await, "");
    house.sleeper(&one, "still-there").await;
    let seat = AgentSeat {
        id: AgentId(Uuid::from_u128(1)),
        number: 1,
    };
    let forgotten = house.workspaces.forget_agent(house.bench.user, seat).await;
    forgotten.expect("forgotten");
    assert!(!house.is_running("still-there").await);
    let left = house.says(&one, "ls -A ~ $TMPDIR | grep -v :; ls").await;
    assert_eq!(left.trim(), "kept");
}
