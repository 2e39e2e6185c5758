//! One call of a job, and when the next one follows if it fails: what `retryConfig` says, with Google's values where it says nothing.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attempt {
    pub(super) job: Value,
    /// The time of the schedule that it is for.
    pub(super) fire: Timestamp,
    /// When it is made.
    pub(super) at: Timestamp,
    /// How many were made before.
    failed: u32,
}

impl Attempt {
    pub(super) fn first(job: &Value, fire: Timestamp) -> Self {
        Self {
            job: job.clone(),
            fire,
            at: fire,
            failed: 0,
        }
    }

    /// The one that follows when this has failed.
    pub(super) fn again(&self) -> Option<Self> {
        let config = &self.job["retryConfig"];
        let number = |name: &str| config[name].as_u64().and_then(|it| u32::try_from(it).ok());
        let (retries, doublings) = (number("retryCount").unwrap_or(0), number("maxDoublings"));
        let (shortest, longest) = (
            duration(&config["minBackoffDuration"]).unwrap_or(SignedDuration::from_secs(5)),
            duration(&config["maxBackoffDuration"]).unwrap_or(SignedDuration::from_hours(1)),
        );
        // It doubles so many times, and grows by as much as the last time from there on.
        let doublings = doublings.unwrap_or(5).min(20);
        let factor = if self.failed <= doublings {
            1 << self.failed
        } else {
            (1 << doublings) * i32::try_from(self.failed - doublings + 1).ok()?
        };
        let at = self.at + shortest.saturating_mul(factor).min(longest);
        let within = duration(&config["maxRetryDuration"]).filter(|it| !it.is_zero());
        let in_time = within.is_none_or(|within| at.duration_since(self.fire) <= within);
        (self.failed < retries && in_time).then(|| Self {
            at,
            failed: self.failed + 1,
            ..self.clone()
        })
    }
}

impl Eq for Attempt {}

/// In the order of time.
impl Ord for Attempt {
    fn cmp(&self, other: &Self) -> Ordering {
        let name = |attempt: &Self| attempt.job["name"].to_string();
        (self.at, name(self), self.fire).cmp(&(other.at, name(other), other.fire))
    }
}

impl PartialOrd for Attempt {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Seconds as JSON has them: `"3.5s"`.
fn duration(value: &Value) -> Option<SignedDuration> {
    let seconds = value.as_str()?.strip_suffix('s')?;
    SignedDuration::try_from_secs_f64(seconds.parse().ok()?).ok()
}
