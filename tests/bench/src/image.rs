//! The size of the workspace image.

use crate::Bench;
use crate::containers::IMAGE;
use crate::report::Report;

/// In GB of 10^9 bytes, as Docker prints sizes.
const BAR: f64 = 1.2;

#[expect(clippy::cast_precision_loss, reason = "a size in bytes, shown in GB")]
pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let image = bench.containers.docker.inspect_image(IMAGE).await?;
    let bytes = image.size.unwrap_or(i64::MAX) as f64;
    report.figure(
        "image with all packages, jupyter included",
        bytes / 1e9,
        "GB",
        BAR,
        1,
    );
    Ok(())
}
