//! Fifty users at once, each of whom asks something that takes the CLI (a stand-in) one second. No containers: what is
//! measured is Berth, not how many containers this machine can start in a second.

use std::path::Path;

use futures::future::try_join_all;

use crate::report::Report;
use crate::samples::Samples;
use crate::server::{Server, Supervisors};
use crate::socket::Socket;
use crate::{Bench, clock};

const USERS: usize = 50;
/// Servers, each with a cold burst and a warm one.
const ROUNDS: usize = 3;
const MESSAGE: &str = "[[sleep:1000]]";
/// Seconds.
const BAR: f64 = 2.7;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let (mut cold, mut warm) = (Samples::default(), Samples::default());
    for round in 0..ROUNDS {
        let data = bench.scratch.join(format!("users-{round}"));
        let _supervisors = Supervisors(data.clone());
        let (first, second) = bursts(bench, &data).await?;
        cold.add(first);
        warm.add(second);
    }
    report.figure(
        "50 users, answer of a 1 s CLI, all cold, p99",
        cold.median(),
        "s",
        BAR,
        ROUNDS,
    );
    report.figure(
        "50 users, answer of a 1 s CLI, all warm, p99",
        warm.median(),
        "s",
        BAR,
        ROUNDS,
    );
    Ok(())
}

/// The p99 of a burst in which every workspace and every CLI must be started, and of one in which they are there.
async fn bursts(bench: &Bench, data: &Path) -> anyhow::Result<(f64, f64)> {
    let (supervisor, cli) = (
        bench.programs.path("berth-supervisor"),
        bench.programs.path("berth-fake-cli"),
    );
    let mut tokens = Vec::new();
    for user in 0..USERS {
        tokens.push(bench.programs.token(data, &format!("user-{user}")).await?);
    }
    let args = [
        "--demo",
        "--engine",
        "process",
        "--supervisor",
        &supervisor.to_string_lossy(),
        "--claude",
        &cli.to_string_lossy(),
    ];
    let server = Server::start(&bench.programs, data, &args).await?;
    let opening = tokens
        .iter()
        .map(|token| Socket::open(&server.address, token));
    let mut sockets = try_join_all(opening).await?;
    let cold = burst(&mut sockets).await?;
    let warm = burst(&mut sockets).await?;
    drop(sockets);
    server.stop().await?;
    Ok((cold, warm))
}

/// All users at once; the p99 from message to end of the answer, in seconds.
async fn burst(sockets: &mut [Socket]) -> anyhow::Result<f64> {
    let turns = try_join_all(sockets.iter_mut().map(|socket| socket.say(MESSAGE))).await?;
    let mut samples = Samples::default();
    samples.extend(
        turns
            .iter()
            .map(|turn| clock::ms(turn.sent, turn.finished) / 1e3),
    );
    Ok(samples.p99())
}
