//! How long a user waits for a workspace: one that does not exist, and one that was put to sleep.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::report::Report;
use crate::samples::Samples;
use crate::server::Server;
use crate::{Bench, clock};

const ROUNDS: usize = 12;
/// Milliseconds.
const FROM_NOTHING: f64 = 1000.0;
const FROM_STOPPED: f64 = 600.0;
/// For the server to notice that a workspace is idle, and to stop it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.scratch.join("workspaces");
    let mut tokens = Vec::new();
    for round in 0..=ROUNDS {
        tokens.push(
            bench
                .programs
                .token(&data, &format!("user-{round}"))
                .await?,
        );
    }
    let idle = [
        "--demo",
        "--workspace-idle",
        "500ms",
        "--process-idle",
        "500ms",
    ];
    let server = Server::start(&bench.programs, &data, &idle).await?;
    let (mut nothing, mut stopped) = (Samples::default(), Samples::default());
    for (round, token) in tokens.iter().enumerate() {
        let first = wake(&server, token).await?;
        asleep(&server, token).await?;
        let again = wake(&server, token).await?;
        // The first round opens the connection to the engine, once in a server's life.
        if round > 0 {
            nothing.add(first);
            stopped.add(again);
        }
    }
    server.stop().await?;
    report.figure(
        "workspace ready, from nothing",
        nothing.median(),
        "ms",
        FROM_NOTHING,
        ROUNDS,
    );
    report.figure(
        "workspace ready, from stopped",
        stopped.median(),
        "ms",
        FROM_STOPPED,
        ROUNDS,
    );
    Ok(())
}

/// Wakes a user's workspace; answers how long that took, in milliseconds.
pub(crate) async fn wake(server: &Server, token: &str) -> anyhow::Result<f64> {
    let began = clock::now();
    let workspace = call(server, token, Method::POST, "/api/workspace/wake").await?;
    let took = clock::ms(began, clock::now());
    ensure!(workspace["state"] == "ready", "{workspace}");
    Ok(took)
}

async fn asleep(server: &Server, token: &str) -> anyhow::Result<()> {
    let stopped = async {
        loop {
            let workspace = call(server, token, Method::GET, "/api/workspace").await?;
            if workspace["state"] == "stopped" {
                return anyhow::Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, stopped)
        .await
        .context("the workspace was not put to sleep")?
}

async fn call(server: &Server, token: &str, method: Method, path: &str) -> anyhow::Result<Value> {
    let response = Client::new()
        .request(method, format!("http://{}{path}", server.address))
        .bearer_auth(token)
        .send()
        .await?;
    let status = response.status();
    let body: Value = response.json().await?;
    ensure!(status.is_success(), "{path}: {status} {body}");
    Ok(body)
}
