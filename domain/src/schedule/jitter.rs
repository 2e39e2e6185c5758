//! Jitter: how far a schedule's runs begin after its slots, so that a thousand "every day at eight" are not one instant.

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use crate::ids::ScheduleId;

/// The delay of this schedule's runs, 0 to `jitter_seconds` in whole seconds. It follows from the id, so that the runs of one
/// schedule keep their distance from one another, through restarts and releases. It is added when a slot is dispatched, never
/// to its `scheduled_at`.
pub fn jitter(schedule_id: ScheduleId, jitter_seconds: u32) -> SignedDuration {
    let digest = Sha256::new()
        .chain_update("berth.schedule.jitter.v1")
        .chain_update([0])
        .chain_update(schedule_id.0.as_bytes())
        .finalize();
    let hash = digest[..8]
        .iter()
        .fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    // The bias of a remainder of 64 bits by at most 2^32 is far below what anyone could see.
    let seconds = hash % (u64::from(jitter_seconds) + 1);
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(number: u128) -> ScheduleId {
        ScheduleId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_schedule_keeps_its_delay_through_releases() {
        assert_eq!(jitter(schedule(1), 3_600), SignedDuration::from_secs(1_580));
        assert_eq!(jitter(schedule(1), 0), SignedDuration::ZERO);
    }

    #[test]
    fn delays_fill_the_range_evenly() {
        let mut tenths = [0_u32; 10];
        for number in 0..10_000 {
            let delay = jitter(schedule(number), 599).as_secs();
            assert!((0..600).contains(&delay));
            tenths[usize::try_from(delay / 60).unwrap()] += 1;
        }
        assert!(
            tenths.iter().all(|count| (850..1_150).contains(count)),
            "{tenths:?}"
        );
    }
}
