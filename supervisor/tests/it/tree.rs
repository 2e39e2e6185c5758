//! Everything a process leaves behind can be ended, however it detached.

use berth_supervisor_protocol::process::{Signal, SignalTarget};

use crate::harness::{Supervisor, eventually, is_alive, numbers, python, shell, state_of, within};

/// Two sessions deep, deaf to TERM, with the middle one gone; writes its numbers to `pids`.
const DETACHED: &str = "
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            with open('pids', 'a') as f: f.write('%d\\n' % os.getpid())
            time.sleep(60)
    os._exit(0)
time.sleep(60)
";

#[tokio::test]
async fn killing_the_tree_reaches_other_sessions() {
    let supervisor = Supervisor::start().await;
    let mut spec = python("p", DETACHED);
    spec.cwd = supervisor.workspace.to_str().expect("UTF-8").to_owned();
    let main = supervisor.start_process(&spec).await.pid;
    let pids = || numbers(&supervisor.workspace.join("pids"));
    eventually("they have detached", async || pids().len() == 3).await;

    supervisor
        .client
        .signal(&spec.id, Signal::Kill, SignalTarget::Group)
        .await
        .expect("signalled");
    let ended = within("the end", supervisor.client.wait(&spec.id))
        .await
        .expect("an answer")
        .expect("kept");
    assert_eq!(ended.signal, Some(9));
    assert!(ended.tree_alive);
    assert!(
        pids().into_iter().all(is_alive),
        "they are in sessions of their own"
    );

    supervisor
        .client
        .signal(&spec.id, Signal::Term, SignalTarget::Tree)
        .await
        .expect("signalled");
    assert!(pids().into_iter().all(is_alive), "they are deaf to TERM");
    supervisor
        .client
        .signal(&spec.id, Signal::Kill, SignalTarget::Tree)
        .await
        .expect("killed");
    assert!(!is_alive(main) && !pids().into_iter().any(is_alive));
    let after = supervisor
        .client
        .process(&spec.id)
        .await
        .expect("an answer")
        .expect("kept");
    assert!(!after.tree_alive);
}

#[tokio::test]
async fn a_process_that_forks_without_end_is_ended() {
    let supervisor = Supervisor::start().await;
    // Each lives a moment and starts its successor: no list of processes is ever current.
    let code = "import os\nwhile True:\n if os.fork() > 0: os._exit(0)\n os.setsid()";
    let spec = python("hydra", code);
    supervisor.start_process(&spec).await;
    within("the end", supervisor.client.wait(&spec.id))
        .await
        .expect("the first one ends");
    within("removal", supervisor.client.remove(&spec.id))
        .await
        .expect("all of them end");
}

#[tokio::test]
async fn orphans_are_reaped() {
    let supervisor = Supervisor::start().await;
    let mut spec = shell(
        "p",
        "(sh -c 'echo $$ >> pids; exit 3' & ) ; (sh -c 'echo $$ >> pids' & ); exec sleep 60",
    );
    spec.cwd = supervisor.workspace.to_str().expect("UTF-8").to_owned();
    supervisor.start_process(&spec).await;
    let pids = || numbers(&supervisor.workspace.join("pids"));
    eventually("no zombie is left", async || {
        pids().len() == 2 && pids().into_iter().all(|pid| state_of(pid).is_none())
    })
    .await;
}

#[tokio::test]
async fn a_shim_ends_with_the_last_process_below_it() {
    let supervisor = Supervisor::start().await;
    let spec = shell("p", "setsid sleep 0.2 & echo started");
    supervisor.start_process(&spec).await;
    within("the end", supervisor.client.wait(&spec.id))
        .await
        .expect("an end");
    eventually("the tree is gone", async || {
        !supervisor
            .client
            .process(&spec.id)
            .await
            .expect("an answer")
            .expect("kept")
            .tree_alive
    })
    .await;
}

#[tokio::test]
async fn a_terminated_supervisor_leaves_nothing() {
    let mut supervisor = Supervisor::start().await;
    let mut spec = python("p", DETACHED);
    spec.cwd = supervisor.workspace.to_str().expect("UTF-8").to_owned();
    let main = supervisor.start_process(&spec).await.pid;
    let file = supervisor.workspace.join("pids");
    eventually("they have detached", async || numbers(&file).len() == 3).await;
    let pids = numbers(&file);
    assert_eq!(supervisor.stop().code(), Some(0));
    assert!(!is_alive(main) && !pids.into_iter().any(is_alive));
}

#[tokio::test]
async fn a_killed_supervisor_leaves_nothing_either() {
    let supervisor = Supervisor::start().await;
    let mut spec = python("p", DETACHED);
    spec.cwd = supervisor.workspace.to_str().expect("UTF-8").to_owned();
    supervisor.start_process(&spec).await;
    let pids = || numbers(&supervisor.workspace.join("pids"));
    eventually("they have detached", async || pids().len() == 3).await;
    nix::sys::signal::kill(supervisor.pid(), nix::sys::signal::Signal::SIGKILL).expect("killed");
    eventually("its shims have ended everything", async || {
        !pids().into_iter().any(is_alive)
    })
    .await;
}
