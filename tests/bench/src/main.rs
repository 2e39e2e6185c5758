//! The benchmarks: `make bench`. Each module measures one row of the table in
//! `docs/benchmarks.md` against the release build, the real engine and, where the row says so, the real CLI.
//!
//! What is compared is measured in turns within one run, because these machines have neighbours. A bar that does not hold is
//! reported and no failure; what cannot be measured is. Arguments choose modules: `berth-bench chat memory`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command line program prints"
)]

mod api;
mod chat;
mod clock;
mod cloud;
mod containers;
mod cpu;
mod disk;
mod floor;
mod footprint;
mod image;
mod pages;
mod pipe;
mod processes;
mod report;
mod runs;
mod samples;
mod schedules;
mod server;
mod socket;
mod users;
mod workspaces;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use containers::Containers;
use report::Report;
use server::Programs;
use tokio::signal::unix::{SignalKind, signal};

/// What every module needs.
struct Bench {
    programs: Programs,
    containers: Containers,
    /// Scratch space on the disk that data folders are on; removed at the end.
    scratch: PathBuf,
}

type Measure = for<'a> fn(&'a Bench, &'a mut Report) -> LocalBoxFuture<'a, anyhow::Result<()>>;

/// In the order of the table.
const MODULES: [(&str, Measure); 13] = [
    ("chat", |bench, report| {
        chat::measure(bench, report).boxed_local()
    }),
    ("processes", |bench, report| {
        processes::measure(bench, report).boxed_local()
    }),
    ("workspaces", |bench, report| {
        workspaces::measure(bench, report).boxed_local()
    }),
    ("footprint", |bench, report| {
        footprint::measure(bench, report).boxed_local()
    }),
    ("image", |bench, report| {
        image::measure(bench, report).boxed_local()
    }),
    ("users", |bench, report| {
        users::measure(bench, report).boxed_local()
    }),
    ("runs", |bench, report| {
        runs::measure(bench, report).boxed_local()
    }),
    ("schedules", |bench, report| {
        schedules::measure(bench, report).boxed_local()
    }),
    ("pages", |bench, report| {
        pages::measure(bench, report).boxed_local()
    }),
    ("cloud-chat", |bench, report| {
        cloud::turn(bench, report).boxed_local()
    }),
    ("cloud-writes", |bench, report| {
        cloud::writes(bench, report).boxed_local()
    }),
    ("cloud-users", |bench, report| {
        cloud::crowd(bench, report).boxed_local()
    }),
    ("hand-over", |bench, report| {
        cloud::moving(bench, report).boxed_local()
    }),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    // Installed before anything opens a connection; the only call of this process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let programs = std::env::current_exe()?
        .parent()
        .map(Path::to_owned)
        .context("a program without a folder")?;
    let results = programs
        .parent()
        .map(|target| target.join("bench"))
        .context("a folder without a parent")?;
    std::fs::create_dir_all(&results)?;
    let scratch = tempfile::tempdir_in(&results)?;
    let bench = Bench {
        programs: Programs(programs),
        containers: Containers::connect().await?,
        scratch: scratch.path().canonicalize()?,
    };
    let mut report = Report::default();
    let before = load().await?;
    let mut failed = false;
    for (name, measure) in MODULES {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        eprintln!("==> {name}");
        let measured = tokio::select! {
            measured = measure(&bench, &mut report) => measured,
            // Whoever stops us still gets their machine back without our containers.
            () = told_to_stop() => {
                bench.containers.remove_all(&bench.scratch).await?;
                bail!("stopped in the middle of {name}");
            }
        };
        if let Err(error) = measured {
            eprintln!("error: {name} could not be measured: {error:#}");
            failed = true;
        }
        bench.containers.remove_all(&bench.scratch).await?;
    }
    report.background("load of the machine before (1 min)", before, "tasks", 1);
    report.background(
        "load of the machine after (1 min)",
        load().await?,
        "tasks",
        1,
    );
    println!("{}", report.table());
    report.write(&results)?;
    println!("written to {}", results.join("results.json").display());
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Tasks that ran or waited to run in the last minute, our own included: neighbours show here.
async fn load() -> anyhow::Result<f64> {
    let text = tokio::fs::read_to_string("/proc/loadavg").await?;
    let first = text.split_whitespace().next();
    Ok(first.context("an empty /proc/loadavg")?.parse()?)
}

/// Ctrl-C or SIGTERM. Without signals there is nothing to hear.
async fn told_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
