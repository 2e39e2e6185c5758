//! Processor time of processes. What waits for a disk or for a core that a neighbour has is not in it, so that it can be compared
//! between two runs of the benchmark where wall time cannot.

use anyhow::Context as _;

/// The kernel's unit in `/proc/PID/stat`, the same on every Linux that this runs on.
const TICKS_A_SECOND: f64 = 100.0;

/// Milliseconds of processor time that a process and its waited-for children have used.
#[expect(
    clippy::cast_precision_loss,
    reason = "ticks of some minutes are far inside 2^53"
)]
pub(crate) fn used_ms(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // A name may hold spaces: what is numbered begins behind it, with the state, field 3.
    let (_, rest) = stat.rsplit_once(')').context("a stat without a name")?;
    let mut ticks = 0_u64;
    for field in rest.split_ascii_whitespace().skip(11).take(4) {
        ticks += field.parse::<u64>()?;
    }
    Ok(ticks as f64 / TICKS_A_SECOND * 1e3)
}

/// The same of several processes.
pub(crate) fn sum_ms(pids: &[u32]) -> anyhow::Result<f64> {
    pids.iter().map(|pid| used_ms(*pid)).sum()
}
