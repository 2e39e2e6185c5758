//! `oversleep DATA MINUTES`: sets every schedule of a stopped server back, as if it had been off for so long. What was due in the
//! meantime is planned, and told of, when it starts again. For the browser's tests, which cannot wait for hours.

use std::path::Path;

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().context("where the data is")?;
    let minutes = arguments.next().context("for how many minutes")?;
    berth_harness::oversleep(Path::new(&data), minutes.parse()?)
}
