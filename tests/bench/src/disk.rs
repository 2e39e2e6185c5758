//! The floor under every stored message: what one small durable write costs on this disk.

use std::io::{Seek as _, SeekFrom, Write as _};

use crate::report::Report;
use crate::samples::Samples;
use crate::{Bench, clock};

const ROUNDS: usize = 200;
/// A page of the database's log with its frame header.
const PAGE: usize = 4096 + 24;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let path = bench.scratch.join("page");
    let samples = tokio::task::spawn_blocking(move || -> std::io::Result<Samples> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(&vec![0; PAGE * ROUNDS])?;
        file.sync_all()?;
        file.seek(SeekFrom::Start(0))?;
        let mut samples = Samples::default();
        for _ in 0..ROUNDS {
            let began = clock::now();
            file.write_all(&[1; PAGE])?;
            file.sync_data()?;
            samples.add(clock::ms(began, clock::now()));
        }
        Ok(samples)
    })
    .await??;
    report.background(
        "one page written and fdatasync, p50",
        samples.median(),
        "ms",
        ROUNDS,
    );
    report.background(
        "one page written and fdatasync, p99",
        samples.p99(),
        "ms",
        ROUNDS,
    );
    Ok(())
}
