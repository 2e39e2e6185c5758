//! What `berth up` costs by being there: the time to `ready`, memory without work, memory of a socket without work.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use tokio::time::sleep;

use crate::Bench;
use crate::report::Report;
use crate::samples::Samples;
use crate::server::Server;
use crate::socket::Socket;

const ROUNDS: usize = 5;
const SOCKETS: usize = 1000;
/// Sockets opened at the same time.
const AT_ONCE: usize = 16;
/// What a start or a thousand sockets set going is over by then.
const SETTLED: Duration = Duration::from_secs(2);

const READY_MS: f64 = 150.0;
const IDLE_MIB: f64 = 30.0;
const SOCKET_KIB: f64 = 16.0;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let (mut first, mut again) = (Samples::default(), Samples::default());
    let (mut idle, mut socket) = (Samples::default(), Samples::default());
    for round in 0..ROUNDS {
        let data = bench.scratch.join(format!("footprint-{round}"));
        let server = Server::start(&bench.programs, &data, &["--demo"]).await?;
        first.add(server.ready_ms);
        server.stop().await?;
        let token = bench.programs.token(&data, "bench").await?;
        let server = Server::start(&bench.programs, &data, &["--demo"]).await?;
        again.add(server.ready_ms);
        sleep(SETTLED).await;
        let before = server.pss_kib().await?;
        idle.add(before / 1024.0);
        let sockets = open(&server.address, &token).await?;
        sleep(SETTLED).await;
        let count = f64::from(u32::try_from(sockets.len())?);
        socket.add((server.pss_kib().await? - before) / count);
        drop(sockets);
        server.stop().await?;
    }
    report.figure(
        "`berth up` to ready, on an empty data folder",
        first.median(),
        "ms",
        READY_MS,
        ROUNDS,
    );
    report.background(
        "`berth up` to ready, on a used data folder",
        again.median(),
        "ms",
        ROUNDS,
    );
    report.figure(
        "memory of an idle server (PSS)",
        idle.median(),
        "MiB",
        IDLE_MIB,
        ROUNDS,
    );
    report.figure(
        "memory of an idle socket (PSS of 1,000)",
        socket.median(),
        "KiB",
        SOCKET_KIB,
        ROUNDS,
    );
    Ok(())
}

async fn open(address: &str, token: &str) -> anyhow::Result<Vec<Socket>> {
    let opened: Vec<_> = stream::iter(0..SOCKETS)
        .map(|_| Socket::open(address, token))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    opened.into_iter().collect()
}
