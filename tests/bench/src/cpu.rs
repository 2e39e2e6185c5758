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

/// The same of several processes, and of the children they have: a supervisor keeps those that it needs again.
pub(crate) fn families_ms(pids: &[u32]) -> anyhow::Result<f64> {
    let mut sum = 0.0;
    for &pid in pids {
        sum += used_ms(pid)?;
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        for child in children.split_ascii_whitespace() {
            // One that has ended in between is in its parent's sum the next time.
            sum += used_ms(child.parse()?).unwrap_or_default();
        }
    }
    Ok(sum)
}
