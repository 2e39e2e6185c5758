//! From local times to instants: when a schedule fires.
//!
//! One rule for every kind of schedule: **each local time that a schedule names fires once.**
//! - A local time that does not exist (clocks go forward, or a whole day is left out, as on Samoa's 30 December 2011) fires at
//!   the first minute that exists again. When several fall into one gap, or the schedule names that minute anyway, they are
//!   one fire.
//! - A local time that comes twice (clocks go back) fires the first time. That holds for hourly schedules too: they follow
//!   the clock on the wall, so that the night of the change has one fire a named hour and two real hours between two of them.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::rule::Rule;

/// A schedule ready to be computed.
#[derive(Debug, Clone)]
pub struct Plan {
    zone: TimeZone,
    rule: Rule,
}

/// One time at which a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    pub at: Timestamp,
    /// What the clocks show at that instant: after a gap, the minute it was moved to.
    pub local: DateTime,
    pub note: Option<FireNote>,
}

/// What the time zone did to a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FireNote {
    /// The local time does not exist on that day: it fires at the next minute that does.
    Gap,
    /// The local time comes twice on that day: it fires the first time.
    Repeated,
}

/// More fires than the caller allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {max} times of the schedule lie in this period")]
pub struct TooMany {
    pub max: usize,
}

impl Plan {
    pub(super) fn new(zone: TimeZone, rule: Rule) -> Self {
        Self { zone, rule }
    }

    /// The first fire after `instant`; `None` only at the end of the calendar.
    pub fn after(&self, instant: Timestamp) -> Option<Fire> {
        let mut local = self.zone.to_datetime(instant);
        // Local time never runs ahead of what was already fired, so that no fire lies before this point. In the second
        // pass of a repeated hour the next names may have fired in the first: they are stepped over.
        loop {
            local = self.rule.next(local)?;
            let fire = self.fire(local)?;
            if fire.at > instant {
                return Some(fire);
            }
        }
    }

    /// The fires after `from` up to and including `to`, oldest first, at most `max`.
    pub fn between(&self, from: Timestamp, to: Timestamp, max: usize) -> Vec<Fire> {
        self.fires(from)
            .take_while(|fire| fire.at <= to)
            .take(max)
            .collect()
    }

    /// The next `count` fires after `from`.
    pub fn preview(&self, count: usize, from: Timestamp) -> Vec<Fire> {
        self.fires(from).take(count).collect()
    }

    /// The fires of a past period that a person asks to have run after all, both ends included. Nothing else in Berth runs
    /// what a pause left out.
    pub fn backfill(
        &self,
        from: Timestamp,
        to: Timestamp,
        max: usize,
    ) -> Result<Vec<Fire>, TooMany> {
        let before = from
            .checked_sub(SignedDuration::from_nanos(1))
            .unwrap_or(from);
        let fires = self.between(before, to, max.saturating_add(1));
        if fires.len() > max {
            return Err(TooMany { max });
        }
        Ok(fires)
    }

    /// Every fire after `from`.
    pub fn fires(&self, from: Timestamp) -> impl Iterator<Item = Fire> {
        std::iter::successors(self.after(from), |last| self.after(last.at))
    }

    /// Where on the time line a local time of the rule fires.
    fn fire(&self, local: DateTime) -> Option<Fire> {
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let (at, note) = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => (ambiguous.unambiguous().ok()?, None),
            AmbiguousOffset::Fold { .. } => (ambiguous.earlier().ok()?, Some(FireNote::Repeated)),
            AmbiguousOffset::Gap { before, after } => {
                return self.fire_after_gap(local, before, after);
            }
        };
        Some(Fire { at, local, note })
    }

    /// The instant at which clocks jumped over `missing`, which is the first minute that exists again.
    fn fire_after_gap(&self, missing: DateTime, before: Offset, after: Offset) -> Option<Fire> {
        // Read with the offset of after the jump, a missing time lies just before it; with the one of before, at or after.
        let earliest = after.to_timestamp(missing).ok()?;
        let latest = before.to_timestamp(missing).ok()?;
        let at = self
            .zone
            .following(earliest)
            .map(|transition| transition.timestamp())
            .take_while(|at| *at <= latest)
            .find(|at| self.zone.to_datetime(*at) > missing)
            .unwrap_or(latest);
        let local = self.zone.to_datetime(at);
        // A minute that the schedule names anyway did not move.
        let note = (!self.rule.names(local)).then_some(FireNote::Gap);
        Some(Fire { at, local, note })
    }
}
