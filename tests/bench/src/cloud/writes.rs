//! What Firestore charges for: documents that real processes write for a chat turn, and for a scheduled run.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::machine::{Machine, Workspaces, model};
use super::person::sign_in;
use super::project::{Project, folder, now};
use super::role::Role;
use super::{LOOK, PATIENCE};
use crate::api::Api;
use crate::report::Report;
use crate::samples::Samples;
use crate::socket::Socket;
use crate::{Bench, clock};

const ROUNDS: usize = 3;
/// Three model calls with two tools between them, and text for the rest of half a minute.
const TURN: &str = "[[bash:sleep 6]][[bash:sleep 6]][[say:LONG:340]][[slow:50]]";
const OF_A_TURN: f64 = 60.0;
const OF_A_SCHEDULED_RUN: f64 = 12.0;
/// When nothing was written for so long, what follows from a run has been written.
const QUIET: Duration = Duration::from_secs(4);

/// Everything that writes.
struct Roles {
    project: Project,
    hook: Role,
    all: Vec<Role>,
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let project = Project::start(bench, &folder(bench, "writes")).await?;
    let (_model, address) = model().await?;
    let apis = [
        project.role("api", &[]).await?,
        project.role("api", &[]).await?,
    ];
    let (mut all, mut gateways) = (Vec::new(), Vec::new());
    for name in ["w1", "w2"] {
        let containers = Workspaces::Containers;
        let machine = Machine::new(bench, &project, name, containers, address, &[]).await?;
        all.push(machine.runner(&project, &[]).await?);
        gateways.push(machine);
    }
    let token = sign_in(&project, &apis[0], "mina").await?;
    let mut socket = Socket::open(&apis[0].address, &token).await?;
    let api = Api::new(&apis[0].address, &token);
    let hook = project.role("scheduler-hook", &[]).await?;
    all.extend(apis);
    let roles = Roles { project, hook, all };
    let roles = (&roles, gateways.as_slice());
    // The workspace is made, and copied.
    socket.say("[[say:ready]]").await?;
    quiet(roles).await?;
    let (mut turns, mut seconds) = (Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        let before = written(roles).await?;
        let turn = socket.say(TURN).await?;
        seconds.add(clock::ms(turn.sent, turn.finished) / 1e3);
        turns.add(quiet(roles).await? - before);
    }
    let runs = scheduled(&api, roles).await?;
    let name = "documents written in Firestore for a chat turn of 30 s";
    report.figure(name, turns.median(), "", OF_A_TURN, ROUNDS);
    let name = "documents written in Firestore for a scheduled run";
    report.figure(name, runs.median(), "", OF_A_SCHEDULED_RUN, ROUNDS);
    report.background("length of those turns", seconds.median(), "s", ROUNDS);
    Ok(())
}

type All<'a> = (&'a Roles, &'a [Machine]);

/// An agent of every minute, whose time comes.
async fn scheduled(api: &Api, roles: All<'_>) -> anyhow::Result<Samples> {
    let agent = json!({"name": "Brief", "prompt": "[[say:LONG:8]]"});
    let made = api.post("/api/agents", &agent).await?;
    let agent = made["id"].as_str().context("an id")?;
    let every_minute = json!({"frequency": "cron", "cron": "* * * * *", "time_zone": "UTC"});
    api.put(&format!("/api/agents/{agent}/schedule"), &every_minute)
        .await?;
    let mut samples = Samples::default();
    // The first makes the agent's account in the workspace, and is not counted.
    for round in 0..=ROUNDS {
        let before = quiet(roles).await?;
        let ended = ended(api, agent).await?;
        let seconds = 60 - now().as_second().rem_euclid(60);
        sleep(Duration::from_secs(u64::try_from(seconds)? + 1)).await;
        roles.0.tick().await?;
        let all = async {
            while self::ended(api, agent).await? == ended {
                sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, all).await.context("no run has ended")??;
        let after = quiet(roles).await?;
        if round > 0 {
            samples.add(after - before);
        }
    }
    Ok(samples)
}

/// How many runs of the agent have succeeded.
async fn ended(api: &Api, agent: &str) -> anyhow::Result<usize> {
    let runs = api.get(&format!("/api/runs?agent_id={agent}")).await?;
    let runs = runs["items"].as_array().context("a list")?;
    let failed = |run: &&Value| run["state"] == "failed";
    ensure!(runs.iter().find(failed).is_none(), "{runs:?}");
    Ok(runs
        .iter()
        .filter(|run| run["state"] == "succeeded")
        .count())
}

impl Roles {
    /// What Cloud Scheduler does every minute.
    async fn tick(&self) -> anyhow::Result<()> {
        let url = format!("http://{}/tick", self.hook.address);
        let request = self.project.client.post(url);
        let request = request.bearer_auth(self.project.caller_token());
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

/// Documents written so far, but for registrations of runners, which are renewed whatever happens.
async fn written((roles, machines): All<'_>) -> anyhow::Result<f64> {
    let gateways = machines.iter().map(|machine| &machine.gateway);
    let mut sum = 0.0;
    for role in roles.all.iter().chain([&roles.hook]).chain(gateways) {
        let figures = role.figures("firestore_writes_total").await?;
        let figures = figures
            .iter()
            .filter(|(labels, _)| !labels.contains("\"runners\""));
        sum += figures.map(|(_, count)| count).sum::<f64>();
    }
    Ok(sum)
}

/// The same, once nothing more is written.
async fn quiet(roles: All<'_>) -> anyhow::Result<f64> {
    let settled = async {
        let mut last = written(roles).await?;
        loop {
            sleep(QUIET).await;
            let now = written(roles).await?;
            if now <= last {
                return anyhow::Ok(now);
            }
            last = now;
        }
    };
    timeout(PATIENCE, settled)
        .await
        .context("writing goes on")?
}
