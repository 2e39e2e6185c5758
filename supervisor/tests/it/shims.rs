//! A shim is one process's at a time, and the next one's only when nothing is left of it.

use berth_supervisor_protocol::process::{Signal, SignalTarget};
use futures::TryStreamExt as _;
use nix::sys::signal::{Signal as Number, kill};
use nix::unistd::Pid;

use crate::harness::{Supervisor, eventually, is_alive, numbers, shell, within};

impl Supervisor {
    /// Runs a process to its end; answers its shim.
    async fn shim_of_ended(&self, name: &str, line: &str) -> i32 {
        let spec = shell(name, &format!("echo $PPID; {line}"));
        self.start_process(&spec).await;
        let shim = self.whole_stdout(&spec.id).await;
        within("the end", self.client.wait(&spec.id))
            .await
            .expect("an end");
        shim.trim().parse().expect("a number")
    }
}

#[tokio::test]
async fn the_next_process_gets_the_shim_of_one_that_has_ended() {
    let supervisor = Supervisor::start().await;
    let first = supervisor.shim_of_ended("first", "exit 3").await;
    // Its own mask of signals, identity and pipes, whatever the shim did in between.
    let mut second = shell(
        "second",
        "grep SigBlk /proc/self/status; cat; echo $PPID; exec sleep 60",
    );
    second.stdin = true;
    let second_process = supervisor.start_process(&second).await;
    supervisor
        .client
        .write_stdin(&second.id, "k", "said\n")
        .await
        .expect("taken");
    supervisor
        .client
        .close_stdin(&second.id)
        .await
        .expect("closed");
    let expected = format!("SigBlk:\t0000000000000000\nsaid\n{first}\n");
    let mut stdout = supervisor
        .client
        .stdout(&second.id, 0)
        .await
        .expect("a stream");
    let mut said = Vec::new();
    while said.len() < expected.len() {
        let chunk = within("all it says", stdout.try_next())
            .await
            .expect("bytes");
        said.extend(chunk.expect("it runs"));
    }
    assert_eq!(String::from_utf8_lossy(&said), expected);

    // What is done to the first has nothing to do with who has its shim now.
    let first = &shell("first", "").id;
    let refused = supervisor
        .client
        .signal(first, Signal::Term, SignalTarget::Tree)
        .await;
    assert!(refused.is_err(), "nothing of it is left");
    supervisor
        .client
        .signal(first, Signal::Kill, SignalTarget::Tree)
        .await
        .expect("nothing is left of it");
    supervisor.client.remove(first).await.expect("forgotten");
    assert!(is_alive(second_process.pid));
    supervisor.client.remove(&second.id).await.expect("killed");
    assert!(!is_alive(second_process.pid));
}

#[tokio::test]
async fn what_a_process_leaves_behind_keeps_its_shim() {
    let supervisor = Supervisor::start().await;
    let line = format!(
        "setsid sleep 60 >/dev/null 2>&1 & echo $! > {}/pids",
        supervisor.workspace.display()
    );
    let first = supervisor.shim_of_ended("first", &line).await;
    let second = supervisor.shim_of_ended("second", "true").await;
    assert_ne!(first, second);
    let left = numbers(&supervisor.workspace.join("pids"))[0];
    assert!(is_alive(left));
    let first_id = shell("first", "").id;
    within("removal", supervisor.client.remove(&first_id))
        .await
        .expect("killed");
    assert!(!is_alive(left));
    eventually("its shim has ended with it", async || !is_alive(first)).await;
    assert!(is_alive(second), "another process's shim was not touched");
}

#[tokio::test]
async fn a_shim_that_was_killed_while_it_waited_is_passed_over() {
    let supervisor = Supervisor::start().await;
    let first = supervisor.shim_of_ended("first", "true").await;
    kill(Pid::from_raw(first), Number::SIGKILL).expect("our own process");
    eventually("it is gone", async || !is_alive(first)).await;
    let second = supervisor.shim_of_ended("second", "true").await;
    assert_ne!(first, second);
    assert_eq!(supervisor.shim_of_ended("third", "true").await, second);
}

#[tokio::test]
async fn a_program_that_cannot_be_started_costs_a_shim_and_nothing_else() {
    let supervisor = Supervisor::start().await;
    supervisor.shim_of_ended("first", "true").await;
    let mut missing = shell("missing", "");
    missing.argv = vec!["/nowhere/program".to_owned()];
    let refused = supervisor.client.start(&missing).await;
    assert!(refused.is_err());
    supervisor.shim_of_ended("second", "true").await;
}

#[tokio::test]
async fn orders_longer_than_a_socket_holds_arrive_whole() {
    let supervisor = Supervisor::start().await;
    for name in ["new", "again"] {
        let mut spec = shell(name, "printf %s \"$LONG\" | wc -c; echo ${#SHORT}");
        for number in 0..10 {
            // Of one variable the kernel takes 128 KiB.
            spec.env
                .insert(format!("FILLER_{number}"), "x".repeat(100_000));
        }
        spec.env.insert("SHORT".to_owned(), "abc".to_owned());
        spec.env.insert("LONG".to_owned(), "y".repeat(100_000));
        supervisor.start_process(&spec).await;
        assert_eq!(supervisor.whole_stdout(&spec.id).await.trim(), "100000\n3");
    }
}

#[tokio::test]
async fn waiting_shims_end_with_the_supervisor() {
    let mut supervisor = Supervisor::start().await;
    let asked = supervisor.shim_of_ended("p", "true").await;
    supervisor.stop();
    assert!(!is_alive(asked));

    let supervisor = Supervisor::start().await;
    let killed = supervisor.shim_of_ended("p", "true").await;
    kill(supervisor.pid(), Number::SIGKILL).expect("killed");
    eventually("it has seen that nobody is there", async || {
        !is_alive(killed)
    })
    .await;
}
