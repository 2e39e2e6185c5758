//! A hundred users with open chats on two apis and two runners: how late events are, from the moment a stand-in for the CLI says
//! something to the frame at the user's socket; and whether each comes once.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::sleep;

use super::machine::{Machine, Workspaces, model};
use super::person::sign_in;
use super::project::{Project, folder};
use super::role::Role;
use crate::api::Api;
use crate::report::Report;
use crate::samples::Samples;
use crate::socket::Socket;
use crate::{Bench, clock};

const USERS: usize = 100;
/// Messages of each.
const MESSAGES: usize = 2;
/// Each user says something this often, and no two at the same moment.
const EVERY: Duration = Duration::from_secs(15);
/// Says four times what time it is, with a tool in between: each is an event of its own.
const MESSAGE: &str = "[[clock]][[tool:500]][[clock]][[tool:500]][[clock]][[tool:500]][[clock]]";
const STAMPS: usize = 4;
/// Users that sign in, and whose workspaces are made, at the same time.
const AT_ONCE: usize = 4;
/// Seconds.
const BAR: f64 = 1.0;

/// What one user was shown.
#[derive(Debug, Default)]
struct Seen {
    /// Seconds.
    late: Vec<f64>,
    accepted: Vec<f64>,
    /// Number of the last event, which are numbered from 1.
    last: u64,
    /// Events that came twice, or were not there when a later one came.
    wrong: u64,
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let project = Project::start(bench, &folder(bench, "crowd")).await?;
    let (_model, address) = model().await?;
    let apis = [
        project.role("api", &[]).await?,
        project.role("api", &[]).await?,
    ];
    let (mut machines, mut runners) = (Vec::new(), Vec::new());
    for name in ["u1", "u2"] {
        let scripted = Workspaces::Scripted;
        let machine = Machine::new(bench, &project, name, scripted, address, &[]).await?;
        runners.push(machine.runner(&project, &[]).await?);
        machines.push(machine);
    }
    let users: Vec<User> = stream::iter(0..USERS)
        .map(|number| User::open(&project, &apis, number))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let chats = users.into_iter().map(User::chat);
    let seen = try_join_all(chats).await?;
    tell(report, &seen)
}

fn tell(report: &mut Report, seen: &[Seen]) -> anyhow::Result<()> {
    let (mut late, mut accepted) = (Samples::default(), Samples::default());
    for seen in seen {
        late.extend(seen.late.iter().copied());
        accepted.extend(seen.accepted.iter().copied());
    }
    ensure!(
        late.len() == USERS * MESSAGES * STAMPS,
        "{} stamps",
        late.len()
    );
    #[expect(clippy::cast_precision_loss, reason = "some thousand events")]
    let wrong = seen.iter().map(|seen| seen.wrong).sum::<u64>() as f64;
    let rounds = late.len();
    let name = "100 users on 2 APIs and 2 runners, from the CLI to the client, p99";
    report.figure(name, late.p99(), "s", BAR, rounds);
    report.figure("events lost or doubled among them", wrong, "", 0.0, rounds);
    report.background(
        "from the CLI to the client, p50",
        late.median(),
        "s",
        rounds,
    );
    let name = "100 users, from a message to its acceptance";
    report.background(
        &format!("{name}, p50"),
        accepted.median(),
        "s",
        accepted.len(),
    );
    report.background(&format!("{name}, p99"), accepted.p99(), "s", accepted.len());
    Ok(())
}

/// Somebody with an open chat.
struct User {
    number: usize,
    socket: Socket,
    /// The other api.
    api: Api,
    seen: Seen,
}

impl User {
    /// Signs in and says something, so that workspace and CLI are up.
    async fn open(project: &Project, apis: &[Role; 2], number: usize) -> anyhow::Result<Self> {
        let (one, other) = (&apis[number % 2], &apis[(number + 1) % 2]);
        let token = sign_in(project, one, &format!("user-{number}")).await?;
        let mut user = Self {
            number,
            socket: Socket::open(&one.address, &token).await?,
            api: Api::new(&other.address, &token),
            seen: Seen::default(),
        };
        user.say("hello").await?;
        user.seen.late.clear();
        user.seen.accepted.clear();
        Ok(user)
    }

    async fn chat(mut self) -> anyhow::Result<Seen> {
        let users = u32::try_from(USERS)?;
        sleep(EVERY / users * u32::try_from(self.number)?).await;
        for _ in 0..MESSAGES {
            let (said, ()) = tokio::join!(self.say(MESSAGE), sleep(EVERY));
            said?;
        }
        let conversation = self.socket.conversation().context("a conversation")?;
        let path = format!("/api/conversations/{conversation}/events?limit=500");
        let stored = self.api.get(&path).await?;
        let stored = stored["items"].as_array().context("a list")?.len() as u64;
        self.seen.wrong += stored.abs_diff(self.seen.last);
        Ok(self.seen)
    }

    /// Says something and takes note of what comes, until its run has ended.
    async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        let sent = self.socket.send(text).await?;
        loop {
            let frame = self.socket.frame().await?;
            let now = clock::now();
            let event = &frame["event"];
            match frame["type"].as_str() {
                Some("error") => anyhow::bail!("{frame}"),
                Some("accepted") => {
                    self.seen.accepted.push(clock::ms(sent, now) / 1e3);
                    let conversation = frame["conversation_id"].as_str();
                    self.socket.join(conversation.context("an id")?);
                }
                Some("event") => {
                    let number = frame["seq"].as_u64().context("a number")?;
                    self.seen.wrong += number.abs_diff(self.seen.last + 1);
                    self.seen.last = number;
                    if let Some(stamp) = event["text"].as_str().and_then(stamp) {
                        self.seen.late.push(clock::ms(stamp, now) / 1e3);
                    }
                    if event["kind"] == "finished" {
                        ensure!(event["state"] == "succeeded", "{frame}");
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }
}

/// What time it was when the stand-in said so.
fn stamp(text: &str) -> Option<u64> {
    text.trim().strip_prefix("at ")?.parse().ok()
}
