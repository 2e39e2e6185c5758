//! A message's way to the model, and the answer's way back: through Berth and over a bare pipe in turns, both with the real
//! CLI in a conversation that is warm.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use berth_fake_model::{Model, Options};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::disk::Disk;
use crate::pipe::Pipe;
use crate::report::Report;
use crate::samples::Samples;
use crate::server::Server;
use crate::socket::{Socket, Turn};
use crate::{Bench, clock};

const ROUNDS: usize = 300;
/// Turns of each before anything is counted: the first are slow in every CLI process.
const WARM_UP: usize = 10;
/// Eight words, at a pace at which each is a delta of its own.
const ANSWER: &str = "[[say:LONG:8]][[slow:5]]";

const TO_MODEL_P50: f64 = 5.0;
const TO_MODEL_P99: f64 = 20.0;
const TO_CLIENT_P50: f64 = 5.0;

/// Everything that was measured in one run.
#[derive(Debug, Default)]
struct Measured {
    berth: Side,
    bare: Side,
    disk: Samples,
}

/// One side's times, in milliseconds.
#[derive(Debug, Default)]
struct Side {
    to_model: Samples,
    from_model: Samples,
    accepted: Samples,
    started: Samples,
    finished: Samples,
}

impl Side {
    /// Adds a turn whose message contains `marker`, with the model's own times of it.
    fn add(&mut self, model: &Model, marker: &str, turn: &Turn) -> anyhow::Result<()> {
        let request = model
            .received()
            .into_iter()
            .find(|request| request.body["messages"].to_string().contains(marker))
            .context("the model was not asked")?;
        let first_delta = request.first_delta_at.context("the model did not answer")?;
        self.to_model.add(clock::ms(turn.sent, request.at));
        self.from_model
            .add(clock::ms(first_delta, turn.first_delta));
        self.accepted.add(clock::ms(turn.sent, turn.accepted));
        self.started.add(clock::ms(turn.sent, turn.started));
        self.finished.add(clock::ms(turn.sent, turn.finished));
        model.clear_received();
        Ok(())
    }
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let model = Model::new(Options::test());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = model.clone();
    let serving =
        tokio::spawn(async move { serving.serve(listener, async { drop(stopped.await) }).await });
    let measured = turns(bench, &model, address).await;
    drop(stop);
    serving.abort();
    tell(report, &measured?);
    Ok(())
}

async fn turns(bench: &Bench, model: &Model, address: SocketAddr) -> anyhow::Result<Measured> {
    let data = bench.scratch.join("chat");
    let token = bench.programs.token(&data, "bench").await?;
    let url = format!("http://{address}");
    let server = Server::start(&bench.programs, &data, &["--model-url", &url]).await?;
    let mut socket = Socket::open(&server.address, &token).await?;
    socket.say("[[say:ready]]").await?;
    let sockets = bench.scratch.join("chat-bare");
    std::fs::create_dir(&sockets)?;
    let container = [format!("workspace-{}", socket.user)];
    let mut pipe = Pipe::beside(&bench.containers, &container, &sockets, address).await?;
    let disk = Disk::open(&bench.scratch)?;
    let mut measured = Measured::default();
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            measured = Measured::default();
        }
        model.clear_received();
        let marker = format!("turn-{round:04}");
        let turn = socket.say(&format!("{marker} {ANSWER}")).await?;
        measured.berth.add(model, &marker, &turn)?;
        let turn = pipe.say(&format!("{marker} {ANSWER}")).await?;
        measured.bare.add(model, &marker, &turn)?;
        measured.disk.add(disk.commit()?);
    }
    drop(pipe);
    server.stop().await?;
    Ok(measured)
}

fn tell(report: &mut Report, Measured { berth, bare, disk }: &Measured) {
    let rounds = berth.to_model.len();
    let over = |quantile: fn(&Samples) -> f64| quantile(&berth.to_model) - quantile(&bare.to_model);
    let p50 = over(Samples::median);
    report.figure(
        "message to model request, over the bare CLI, p50",
        p50,
        "ms",
        TO_MODEL_P50,
        rounds,
    );
    let p99 = over(Samples::p99);
    report.figure(
        "message to model request, over the bare CLI, p99",
        p99,
        "ms",
        TO_MODEL_P99,
        rounds,
    );
    let p50 = berth.from_model.median();
    report.figure(
        "first model delta to frame at the client, p50",
        p50,
        "ms",
        TO_CLIENT_P50,
        rounds,
    );
    for (name, samples) in [
        ("message to model request, Berth", &berth.to_model),
        ("message to model request, bare CLI", &bare.to_model),
        ("first model delta to client, Berth", &berth.from_model),
        ("first model delta to client, bare CLI", &bare.from_model),
        ("message to accepted, Berth", &berth.accepted),
        ("message to started, Berth", &berth.started),
        ("message to end of turn, Berth", &berth.finished),
        ("message to end of turn, bare CLI", &bare.finished),
        ("write of a commit's size and fdatasync", disk),
    ] {
        report.background(&format!("{name}, p50"), samples.median(), "ms", rounds);
        report.background(&format!("{name}, p99"), samples.p99(), "ms", rounds);
    }
}
