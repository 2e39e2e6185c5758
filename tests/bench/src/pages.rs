//! What a user with much sees: the first page of 300 agents, of 100,000 runs and of a conversation of 2,000 messages, from
//! the API, and painted by Chromium.

mod fill;

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::Bench;
use crate::api::Api;
use crate::report::Report;
use crate::samples::Samples;
use crate::server::{Server, Supervisors};

const ROUNDS: usize = 60;
/// Of each before anything is counted.
const WARM_UP: usize = 5;
const API_MS: f64 = 50.0;

const PAINTS: usize = 5;
const PAINT_MS: f64 = 1_000.0;
/// The browser's side: see there.
const PAINT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages/paint.mjs");

/// A page in the dashboard, and what of the API it begins with.
struct Page {
    name: &'static str,
    api: String,
    path: String,
    /// What stands in its main part once it is there.
    shows: String,
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.scratch.join("pages");
    let _supervisors = Supervisors(data.clone());
    let token = bench
        .programs
        .token(&data, berth_domain::user::LOCAL_USER)
        .await?;
    let (supervisor, cli) = (
        bench.programs.path("berth-supervisor"),
        bench.programs.path("berth-fake-cli"),
    );
    let args = [
        "--demo",
        "--engine",
        "process",
        "--supervisor",
        &supervisor.to_string_lossy(),
        "--claude",
        &cli.to_string_lossy(),
        "--agents",
        &fill::AGENTS.to_string(),
    ];
    let server = Server::start(&bench.programs, &data, &args).await?;
    let seed = fill::first(&server, &token).await?;
    server.stop().await?;
    fill::multiply(&data.join("berth.db"), &seed)?;

    let server = Server::start(&bench.programs, &data, &args).await?;
    let pages = pages(&seed);
    from_the_api(&pages, &Api::new(&server.address, &token), report).await?;
    let painted = painted(&pages, &server.link, report).await;
    server.stop().await?;
    painted
}

fn pages(seed: &fill::Seed) -> [Page; 3] {
    let conversation = &seed.conversation;
    [
        Page {
            name: "300 agents",
            api: "/api/agents".to_owned(),
            path: "/agents".to_owned(),
            shows: fill::name(fill::AGENTS - 1),
        },
        Page {
            name: "100,000 runs",
            api: "/api/runs".to_owned(),
            path: "/runs".to_owned(),
            // The newest runs are the conversation's, and the names of agents stand in the filter before any row does.
            shows: fill::said(0),
        },
        Page {
            name: "a conversation of 2,000 messages",
            api: format!("/api/conversations/{conversation}/events"),
            path: format!("/chat/{conversation}"),
            shows: fill::said(fill::TURNS - 1),
        },
    ]
}

async fn from_the_api(pages: &[Page], api: &Api, report: &mut Report) -> anyhow::Result<()> {
    let mut taken = vec![Samples::default(); pages.len()];
    for round in 0..WARM_UP + ROUNDS {
        for (page, samples) in pages.iter().zip(&mut taken) {
            let took = api.timed(&page.api).await?;
            if round >= WARM_UP {
                samples.add(took);
            }
        }
    }
    for (page, samples) in pages.iter().zip(&taken) {
        let name = format!("{}, first page from the API", page.name);
        report.figure(&name, samples.median(), "ms", API_MS, ROUNDS);
    }
    Ok(())
}

/// One Chromium, signed in by the printed link; each page from its address to the frame that shows it, in turns.
async fn painted(pages: &[Page], link: &str, report: &mut Report) -> anyhow::Result<()> {
    ensure!(Path::new(PAINT).exists(), "{PAINT} is not there any more");
    let mut command = Command::new("node");
    command
        .arg(PAINT)
        .arg(link)
        .arg(PAINTS.to_string())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    for page in pages {
        command.arg(&page.path).arg(&page.shows);
    }
    let output = command.output().await.context("no node")?;
    ensure!(output.status.success(), "the browser was of no help");
    let taken: Vec<Vec<f64>> = serde_json::from_slice::<Value>(&output.stdout)
        .and_then(serde_json::from_value)
        .context("what the browser says is not what was asked")?;
    ensure!(taken.len() == pages.len(), "not every page was painted");
    for (page, times) in pages.iter().zip(taken) {
        let mut samples = Samples::default();
        samples.extend(times);
        let name = format!("{}, painted", page.name);
        report.figure(&name, samples.median(), "ms", PAINT_MS, PAINTS);
    }
    Ok(())
}
