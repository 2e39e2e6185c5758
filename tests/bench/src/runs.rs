//! A run of an agent, from the request that triggers it to the start of its process; and how many of them are done in a
//! second. Without containers, with a stand-in for the CLI, in turns with the least that a run can cost (see `floor`).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::TryStreamExt as _;
use futures::future::try_join_all;
use futures::stream::FuturesUnordered;
use serde_json::json;
use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::api::Api;
use crate::floor::{Floor, PROMPT};
use crate::report::Report;
use crate::samples::Samples;
use crate::server::{Server, Supervisors};
use crate::socket::Socket;
use crate::{Bench, clock, cpu, workspaces};

const ROUNDS: usize = 300;
/// Runs of each before anything is counted.
const WARM_UP: usize = 10;
const RATIO_P50: f64 = 2.0;
const P99_MS: f64 = 20.0;

/// Runs that are under way at the same time, and how many of them are done in one burst.
const AT_ONCE: usize = 8;
const BURST: usize = 200;
const BURSTS: usize = 5;
/// Berth's rate is at least half the floor's: as times, it takes at most twice as long.
const TIMES: f64 = 2.0;

/// For one start.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.scratch.join("runs");
    let supervisors = Supervisors(data.clone());
    let token = bench.programs.token(&data, "bench").await?;
    let (supervisor, cli) = (
        bench.programs.path("berth-supervisor"),
        bench.programs.path("berth-fake-cli"),
    );
    let started = bench.scratch.join("started");
    let args = [
        "--demo",
        "--engine",
        "process",
        "--supervisor",
        &supervisor.to_string_lossy(),
        "--claude",
        &cli.to_string_lossy(),
        "--claude-env",
        &format!("FAKE_CLI_STARTED={}", started.display()),
        "--concurrent-runs",
        &AT_ONCE.to_string(),
    ];
    let floor = Arc::new(Floor::new(&bench.scratch.join("runs-floor"), cli.clone())?);
    let server = Server::start(&bench.programs, &data, &args).await?;
    let agent = Agent::new(&server, &token).await?;
    starts(&agent, &floor, &started, report).await?;
    let of_berth = OfBerth {
        server: server.pid()?,
        supervisors: supervisors.pids()?,
    };
    rate(&agent, &floor, &of_berth, report).await?;
    server.stop().await
}

/// An agent whose runs say their prompt back.
struct Agent {
    api: Api,
    address: String,
    token: String,
    runs: String,
}

impl Agent {
    async fn new(server: &Server, token: &str) -> anyhow::Result<Self> {
        workspaces::wake(server, token).await?;
        let api = Api::new(&server.address, token);
        let agent = json!({"name": "Weekly market brief", "prompt": PROMPT});
        let made = api.post("/api/agents", &agent).await?;
        let id = made["id"].as_str().context("an agent without an id")?;
        Ok(Self {
            api,
            address: server.address.clone(),
            token: token.to_owned(),
            runs: format!("/api/agents/{id}/runs"),
        })
    }

    /// Triggers a run; answers its conversation.
    async fn run(&self) -> anyhow::Result<String> {
        let accepted = self.api.post(&self.runs, &json!({})).await?;
        let conversation = accepted["conversation_id"].as_str();
        Ok(conversation.context("a run without a log")?.to_owned())
    }

    async fn socket(&self) -> anyhow::Result<Socket> {
        Socket::open(&self.address, &self.token).await
    }
}

/// From the trigger to the start of the process, one at a time.
async fn starts(
    agent: &Agent,
    floor: &Arc<Floor>,
    started: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let told = UnixDatagram::bind(started)?;
    let mut socket = agent.socket().await?;
    let (mut berth, mut least) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            (berth, least) = (Samples::default(), Samples::default());
        }
        let began = clock::now();
        let conversation = agent.run().await?;
        berth.add(clock::ms(began, start(&told).await?));
        socket.until_finished(&conversation).await?;

        let began = clock::now();
        let process = floor.start(started)?;
        least.add(clock::ms(began, start(&told).await?));
        floor.finish(process)?;
    }
    std::fs::remove_file(started)?;
    report.figure(
        "trigger to start of the process, over commit and spawn, p50",
        berth.median() / least.median(),
        "ratio",
        RATIO_P50,
        ROUNDS,
    );
    report.figure(
        "trigger to start of the process, p99",
        berth.p99(),
        "ms",
        P99_MS,
        ROUNDS,
    );
    for (name, samples) in [
        ("trigger to start of the process, Berth", &berth),
        ("commit and spawn to start of the process", &least),
    ] {
        report.background(&format!("{name}, p50"), samples.median(), "ms", ROUNDS);
        report.background(&format!("{name}, p99"), samples.p99(), "ms", ROUNDS);
    }
    Ok(())
}

/// When the next process said that it has begun, by its own clock.
async fn start(told: &UnixDatagram) -> anyhow::Result<u64> {
    let mut at = [0; 8];
    let size = timeout(PATIENCE, told.recv(&mut at))
        .await
        .context("no process has started")??;
    ensure!(size == at.len(), "the stand-in said {size} bytes");
    Ok(u64::from_be_bytes(at))
}

/// Whose processor time a run of ours takes.
struct OfBerth {
    server: u32,
    /// With the processes that they have started and waited for.
    supervisors: Vec<u32>,
}

/// Bursts of runs, in turns.
async fn rate(
    agent: &Agent,
    floor: &Arc<Floor>,
    pids: &OfBerth,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut sockets = Vec::new();
    for _ in 0..AT_ONCE {
        sockets.push(agent.socket().await?);
    }
    let (mut berth, mut least) = (Samples::default(), Samples::default());
    let (mut server, mut workspace, mut floors) =
        (Samples::default(), Samples::default(), Samples::default());
    let mut client = Samples::default();
    let us = std::process::id();
    for burst in 0..=BURSTS {
        let used = (
            cpu::used_ms(pids.server)?,
            cpu::families_ms(&pids.supervisors)?,
        );
        let client_used = cpu::used_ms(us)?;
        let began = clock::now();
        // Each is looked at when something has come for it, and not whenever something has come for another.
        let working: FuturesUnordered<_> = sockets
            .iter_mut()
            .map(|socket| async {
                for _ in 0..BURST / AT_ONCE {
                    let conversation = agent.run().await?;
                    socket.until_finished(&conversation).await?;
                }
                anyhow::Ok(())
            })
            .collect();
        working.try_collect::<()>().await?;
        let of_berth = clock::ms(began, clock::now());
        let used = (
            cpu::used_ms(pids.server)? - used.0,
            cpu::families_ms(&pids.supervisors)? - used.1,
        );

        let floor_used = cpu::used_ms(us)?;
        let client_used = floor_used - client_used;
        let began = clock::now();
        let working = (0..AT_ONCE).map(|_| {
            let floor = floor.clone();
            tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
                for _ in 0..BURST / AT_ONCE {
                    let process = floor.start(Path::new("/"))?;
                    floor.finish(process)?;
                }
                Ok(())
            })
        });
        for worker in try_join_all(working).await? {
            worker?;
        }
        // The first burst of each warms up.
        if burst > 0 {
            berth.add(of_berth);
            least.add(clock::ms(began, clock::now()));
            client.add(client_used);
            server.add(used.0);
            workspace.add(used.1);
            floors.add(cpu::used_ms(us)? - floor_used);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundred runs")]
    let runs = BURST as f64;
    let a_second = |samples: &Samples| runs / (samples.median() / 1e3);
    report.figure(
        "200 durable runs, 8 at once, over the floor",
        berth.median() / least.median(),
        "ratio",
        TIMES,
        BURSTS,
    );
    report.background(
        "durable runs a second, Berth",
        a_second(&berth),
        "1/s",
        BURSTS,
    );
    report.background(
        "durable runs a second, floor",
        a_second(&least),
        "1/s",
        BURSTS,
    );
    for (name, samples) in [
        ("processor time of a durable run, server", &server),
        (
            "processor time of a durable run, supervisor and CLI",
            &workspace,
        ),
        ("processor time of a durable run, client", &client),
        ("processor time of a durable run, floor and CLI", &floors),
    ] {
        report.background(name, samples.median() / runs, "ms", BURSTS);
    }
    Ok(())
}
