//! Starting a process in a running container, waiting for its output and its exit: through the supervisor, and through
//! Docker's exec.

use anyhow::{Context as _, ensure};
use berth_supervisor_protocol::{Client, ProcessId, ProcessSpec};
use bollard::exec::{CreateExecOptions, StartExecResults};
use futures::StreamExt as _;

use crate::report::Report;
use crate::samples::Samples;
use crate::server::Server;
use crate::socket::Socket;
use crate::{Bench, clock, workspaces};

const ROUNDS: usize = 60;
const BAR: f64 = 0.2;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.scratch.join("processes");
    let token = bench.programs.token(&data, "bench").await?;
    let server = Server::start(&bench.programs, &data, &["--demo"]).await?;
    workspaces::wake(&server, &token).await?;
    let user = Socket::open(&server.address, &token).await?.user;
    let client = Client::new(data.join("run").join(&user));
    let (mut supervisor, mut exec) = (Samples::default(), Samples::default());
    for round in 0..ROUNDS {
        supervisor.add(by_supervisor(&client, round).await?);
        exec.add(by_exec(bench, &user).await?);
    }
    server.stop().await?;
    let ratio = supervisor.median() / exec.median();
    report.figure(
        "start of a process, supervisor / docker exec",
        ratio,
        "ratio",
        BAR,
        ROUNDS,
    );
    report.background(
        "start of a process, supervisor, p50",
        supervisor.median(),
        "ms",
        ROUNDS,
    );
    report.background(
        "start of a process, docker exec, p50",
        exec.median(),
        "ms",
        ROUNDS,
    );
    Ok(())
}

async fn by_supervisor(client: &Client, round: usize) -> anyhow::Result<f64> {
    let id = ProcessId::new(format!("bench.{round}"))?;
    let mut spec = ProcessSpec::new(id.clone(), ["/bin/true"]);
    (spec.uid, spec.gid) = (Some(1000), Some(1000));
    let began = clock::now();
    client.start(&spec).await?;
    client.stdout(&id, 0).await?.read_whole(1024).await?;
    let ended = client.wait(&id).await?.context("the process is unknown")?;
    let took = clock::ms(began, clock::now());
    ensure!(ended.exit_code == Some(0), "true failed: {ended:?}");
    client.remove(&id).await?;
    Ok(took)
}

async fn by_exec(bench: &Bench, user: &str) -> anyhow::Result<f64> {
    let docker = &bench.containers.docker;
    let options = CreateExecOptions {
        attach_stdout: Some(true),
        cmd: Some(vec!["/bin/true"]),
        user: Some("1000:1000"),
        ..CreateExecOptions::default()
    };
    let began = clock::now();
    let exec = docker
        .create_exec(&format!("workspace-{user}"), options)
        .await?;
    if let StartExecResults::Attached { mut output, .. } = docker.start_exec(&exec.id, None).await?
    {
        while output.next().await.is_some() {}
    }
    let ended = docker.inspect_exec(&exec.id).await?;
    let took = clock::ms(began, clock::now());
    ensure!(ended.exit_code == Some(0), "true failed: {ended:?}");
    Ok(took)
}
