//! A message's way to the model where api and runner are two processes, and store and queue are emulators; and what of it is
//! neither the emulators' time nor the CLI's own.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use berth_fake_model::Model;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::hints::Hints;
use super::machine::{Machine, Workspaces, model};
use super::person::sign_in;
use super::project::{Project, folder};
use super::role::Role;
use super::spans::{Spans, Way};
use super::{LOOK, PATIENCE};
use crate::pipe::Pipe;
use crate::report::Report;
use crate::samples::Samples;
use crate::socket::Socket;
use crate::{Bench, clock};

const ROUNDS: usize = 100;
/// Turns before anything is counted: emulators are slow until Java has compiled them.
const WARM_UP: usize = 40;
/// Eight words, at a pace at which each is a delta of its own.
const ANSWER: &str = "[[say:LONG:8]][[slow:5]]";
/// The CLI stores what it was told at the end of its turn; the next one is not asked for meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// Milliseconds.
const TO_MODEL_P50: f64 = 250.0;
const OURS_P50: f64 = 10.0;

/// One turn through Berth, with what was measured beside it.
struct Round {
    run: Uuid,
    sent: u64,
    asked: u64,
    /// The emulator's part of a hint's way, milliseconds.
    hint: f64,
    /// From message to request with nothing but the CLI, milliseconds.
    bare: f64,
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let project = Project::start(bench, &folder(bench, "turn")).await?;
    let spans = Spans::default();
    let traces = spans.receive().await?;
    let told = [
        ("BERTH_TRACES", traces.as_str()),
        (
            "BERTH_LOG",
            "error,run=info,berth_api=info,berth_runner=debug,berth_gcp=debug",
        ),
    ];
    let (model, address) = model().await?;
    let apis = [
        project.role("api", &told).await?,
        project.role("api", &told).await?,
    ];
    let mut machines = Vec::new();
    let mut runners = Vec::new();
    for name in ["c1", "c2"] {
        let containers = Workspaces::Containers;
        let machine = Machine::new(bench, &project, name, containers, address, &told).await?;
        runners.push(machine.runner(&project, &told).await?);
        machines.push(machine);
    }
    let rounds = turns(bench, &project, &model, address, &apis).await?;
    let known = async {
        while !rounds.iter().all(|round| spans.is_complete(round.run)) {
            sleep(LOOK).await;
        }
    };
    timeout(PATIENCE, known)
        .await
        .context("spans are missing")?;
    tell(report, &rounds, &spans);
    Ok(())
}

/// Turns through one api and the other, each with the bare CLI's and a hint beside it.
async fn turns(
    bench: &Bench,
    project: &Project,
    model: &Model,
    address: SocketAddr,
    apis: &[Role; 2],
) -> anyhow::Result<Vec<Round>> {
    let token = sign_in(project, &apis[0], "mina").await?;
    let mut sockets = [
        Socket::open(&apis[0].address, &token).await?,
        Socket::open(&apis[1].address, &token).await?,
    ];
    sockets[0].say("[[say:ready]]").await?;
    let conversation = sockets[0].conversation().context("a conversation")?;
    let conversation = conversation.to_owned();
    sockets[1].join(&conversation);
    let bare = bench.scratch.join("bare");
    std::fs::create_dir(&bare)?;
    let container = ["c1", "c2"].map(|name| format!("{name}-{}", sockets[0].user));
    let mut pipe = Pipe::beside(&bench.containers, &container, &bare, address).await?;
    let hints = Hints::open(project).await?;
    let mut rounds = Vec::new();
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            rounds.clear();
        }
        model.clear_received();
        let text = format!("turn-{round:04} {ANSWER}");
        let turn = sockets[round % 2].say(&text).await?;
        let asked = asked(model)?;
        model.clear_received();
        let sent = pipe.say(&text).await?.sent;
        let bare = clock::ms(sent, self::asked(model)?);
        let hint = hints.trip().await?;
        rounds.push(Round {
            run: turn.run.parse()?,
            sent: turn.sent,
            asked,
            hint,
            bare,
        });
        sleep(PAUSE).await;
    }
    Ok(rounds)
}

/// When the model was asked first.
fn asked(model: &Model) -> anyhow::Result<u64> {
    let received = model.received().into_iter().map(|request| request.at);
    received.min().context("the model was not asked")
}

fn tell(report: &mut Report, rounds: &[Round], spans: &Spans) {
    let (mut whole, mut bare, mut ours, mut store, mut hints, mut calls) =
        <(Samples, Samples, Samples, Samples, Samples, Samples)>::default();
    #[expect(clippy::cast_precision_loss, reason = "a few calls")]
    for round in rounds {
        let Way {
            store: in_store,
            calls: number,
            hints: trips,
        } = spans.way(round.run, round.sent, round.asked);
        let total = clock::ms(round.sent, round.asked);
        let hint = round.hint * trips as f64;
        whole.add(total);
        store.add(in_store);
        hints.add(hint);
        calls.add(number as f64);
        bare.add(round.bare);
        ours.add(total - in_store - hint);
    }
    report.figure(
        "message to model request, two APIs, emulators, p50",
        whole.median(),
        "ms",
        TO_MODEL_P50,
        ROUNDS,
    );
    report.figure(
        "the same without emulators and the bare CLI, p50",
        ours.median() - bare.median(),
        "ms",
        OURS_P50,
        ROUNDS,
    );
    for (name, samples) in [
        ("message to model request, two APIs, emulators", &whole),
        ("of it in calls of Firestore", &store),
        ("of it on hints' way through Pub/Sub", &hints),
        ("of it the bare CLI", &bare),
    ] {
        report.background(&format!("{name}, p50"), samples.median(), "ms", ROUNDS);
        report.background(&format!("{name}, p99"), samples.p99(), "ms", ROUNDS);
    }
    report.background("calls of Firestore on the way", calls.median(), "", ROUNDS);
}
