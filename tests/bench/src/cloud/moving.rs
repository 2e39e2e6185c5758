//! A runner is told to end, and its user's workspace is handed over to another: until the user's next run works there, on all of its
//! files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tokio::net::UnixDatagram;
use tokio::time::{sleep, timeout};

use super::machine::{Machine, Workspaces, model};
use super::person::sign_in;
use super::project::{Project, folder};
use super::role::Role;
use super::{LOOK, PATIENCE};
use crate::report::Report;
use crate::samples::Samples;
use crate::socket::Socket;
use crate::{Bench, clock};

const FILES: usize = 5_000;
const BYTES: usize = 200 * 1000 * 1000;
const FOLDERS: usize = 50;
/// Hand-overs of each kind, from one machine to the other and back.
const ROUNDS: usize = 3;
/// Seconds.
const BAR: f64 = 10.0;

/// What the last run before a hand-over has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Everything is copied.
    Copied,
    /// Every file was written anew, and nothing is copied yet.
    Anew,
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let project = Project::start(bench, &folder(bench, "moving")).await?;
    let (_model, model) = model().await?;
    let api = project.role("api", &[]).await?;
    let mut machines = Vec::new();
    for name in ["m1", "m2"] {
        let scripted = Workspaces::Scripted;
        machines.push(Machine::new(bench, &project, name, scripted, model, &[]).await?);
    }
    let told = Starts::listen(&bench.scratch.join("started"))?;
    let token = sign_in(&project, &api, "mina").await?;
    let mut moving = Moving {
        socket: Socket::open(&api.address, &token).await?,
        runner: machines[0].runner(&project, &told.variable()).await?,
        project,
        machines,
        told,
        at: 0,
    };
    moving.socket.say("[[file:begun.txt:hi]]").await?;
    let (mut copied, mut anew, mut ended) = Default::default();
    for round in 0..ROUNDS {
        for (left, samples) in [(Left::Copied, &mut copied), (Left::Anew, &mut anew)] {
            let seed = 2 * round + usize::from(left == Left::Anew);
            moving.once(left, seed, samples, &mut ended).await?;
        }
    }
    tell(report, &copied, &anew, &ended);
    Ok(())
}

fn tell(report: &mut Report, copied: &Samples, anew: &Samples, ended: &Samples) {
    for (name, samples) in [
        (
            "hand-over of 200 MB in 5,000 files, until the next run works",
            copied,
        ),
        ("the same, when nothing of it was copied before", anew),
    ] {
        report.figure(name, samples.median(), "s", BAR, ROUNDS);
        report.background(&format!("{name}, slowest"), samples.p99(), "s", ROUNDS);
    }
    let name = "signal to end of the runner, both kinds";
    report.background(name, ended.median(), "s", ended.len());
}

/// A workspace, and where it lives.
struct Moving {
    project: Project,
    machines: Vec<Machine>,
    /// The number of its machine.
    at: usize,
    runner: Role,
    told: Starts,
    socket: Socket,
}

impl Moving {
    async fn once(
        &mut self,
        left: Left,
        seed: usize,
        samples: &mut Samples,
        ended: &mut Samples,
    ) -> anyhow::Result<()> {
        if left == Left::Anew {
            // A copy of what the last move has left shall not be under way.
            self.copied(0.0).await?;
        }
        let before = self.runner.figures("snapshot_seconds_count").await?;
        write(&self.files(), seed)?;
        let other = (self.at + 1) % self.machines.len();
        let next = self.machines[other]
            .runner(&self.project, &self.told.variable())
            .await?;
        self.socket.say("[[file:note.txt:hi]]").await?;
        if left == Left::Copied {
            self.copied(before.values().sum::<f64>() + 1.0).await?;
        }
        self.told.forget();
        let last = std::mem::replace(&mut self.runner, next);
        let began = clock::now();
        last.told_to_end()?;
        // It waits while the workspace moves.
        let turn = async { self.socket.say("[[recall]]").await };
        let start = async { timeout(PATIENCE, self.told.next()).await? };
        let end = async { last.ended().await.map(|()| clock::now()) };
        let (turn, start, end) = tokio::join!(turn, start, end);
        turn?;
        samples.add(clock::ms(began, start?) / 1e3);
        ended.add(clock::ms(began, end?) / 1e3);
        self.at = other;
        check(&self.files(), seed)
    }

    /// The workspace's folder of files.
    fn files(&self) -> PathBuf {
        let users = self.machines[self.at].data.join("workspaces/users");
        users.join(&self.socket.user).join("workspace")
    }

    /// Waits until so many copies are complete, and none is under way.
    async fn copied(&self, copies: f64) -> anyhow::Result<()> {
        let made = async {
            let mut last = f64::NAN;
            loop {
                let now = self.runner.figures("snapshot_seconds_count").await?;
                let now = now.values().sum::<f64>();
                if now >= copies && (now - last).abs() < f64::EPSILON {
                    return anyhow::Ok(());
                }
                last = now;
                sleep(20 * LOOK).await;
            }
        };
        timeout(PATIENCE, made).await.context("nothing is copied")?
    }
}

/// Hears of each stand-in for the CLI that starts.
struct Starts {
    socket: UnixDatagram,
    variable: String,
}

impl Starts {
    fn listen(path: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            socket: UnixDatagram::bind(path)?,
            variable: format!("FAKE_CLI_STARTED={}", path.display()),
        })
    }

    /// What a runner is told, so that its processes tell.
    fn variable(&self) -> [(&str, &str); 1] {
        [("BERTH_CLAUDE_ENV", &self.variable)]
    }

    /// Those that have started so far.
    fn forget(&self) {
        while self.socket.try_recv(&mut [0; 8]).is_ok() {}
    }

    /// When the next one started, by its own clock.
    async fn next(&self) -> anyhow::Result<u64> {
        let mut at = [0; 8];
        let size = self.socket.recv(&mut at).await?;
        ensure!(size == at.len(), "the stand-in said {size} bytes");
        Ok(u64::from_be_bytes(at))
    }
}

/// Bytes that no other seed, file or place has: neither compressed nor found twice.
fn content(seed: usize, file: usize) -> Vec<u8> {
    let mut state = (seed * FILES + file + 1) as u64;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    };
    (0..BYTES / FILES / 8)
        .flat_map(|_| next().to_le_bytes())
        .collect()
}

fn place(root: &Path, file: usize) -> PathBuf {
    root.join(format!("data/{}/{file}.bin", file % FOLDERS))
}

fn write(root: &Path, seed: usize) -> anyhow::Result<()> {
    for folder in 0..FOLDERS {
        std::fs::create_dir_all(root.join(format!("data/{folder}")))?;
    }
    for file in 0..FILES {
        std::fs::write(place(root, file), content(seed, file))?;
    }
    // What the disk has still to do is not the hand-over's.
    nix::unistd::sync();
    Ok(())
}

fn check(root: &Path, seed: usize) -> anyhow::Result<()> {
    for file in 0..FILES {
        let there = std::fs::read(place(root, file))?;
        ensure!(there == content(seed, file), "{file} is another file now");
    }
    Ok(())
}
