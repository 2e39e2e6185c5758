//! Which period a summary covers.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::problem::{Code, Problem, Result};

/// Days of a summary when nothing is asked.
const DEFAULT_DAYS: i64 = 30;

/// From one instant up to, but without, another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) zone: TimeZone,
}

impl Period {
    /// Reads times (RFC 3339) or dates (midnight in the zone; the end's day is included).
    pub(super) fn parse(
        from: Option<&str>,
        to: Option<&str>,
        zone: Option<&str>,
        now: Timestamp,
    ) -> Result<Self> {
        let zone = match zone {
            Some(name) => TimeZone::get(name).map_err(|_| Problem::from(Code::TimeZone))?,
            None => TimeZone::UTC,
        };
        let to = match to {
            Some(text) => instant(text, &zone, 1)?,
            None => now,
        };
        let from = match from {
            Some(text) => instant(text, &zone, 0)?,
            None => default_from(to, &zone)?,
        };
        if from >= to {
            return Err(Code::UsagePeriod.into());
        }
        Ok(Self { from, to, zone })
    }
}

fn instant(text: &str, zone: &TimeZone, days_later: i64) -> Result<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let midnight = text
        .parse::<Date>()
        .and_then(|date| date.checked_add(days_later.days()))
        .and_then(|date| date.to_zoned(zone.clone()));
    match midnight {
        Ok(midnight) => Ok(midnight.timestamp()),
        Err(_) => Err(Code::UsagePeriod.into()),
    }
}

fn default_from(to: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    let day = to.to_zoned(zone.clone());
    let earlier = day.checked_sub(DEFAULT_DAYS.days());
    let start = earlier.and_then(|day| day.start_of_day());
    match start {
        Ok(start) => Ok(start.timestamp()),
        Err(_) => Err(Code::UsagePeriod.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: Option<&str>, to: Option<&str>, zone: Option<&str>) -> Result<Period> {
        Period::parse(from, to, zone, "2026-11-21T03:00:00Z".parse().unwrap())
    }

    #[test]
    fn dates_are_days_of_the_zone() {
        let seoul = period(Some("2026-11-20"), Some("2026-11-20"), Some("Asia/Seoul")).unwrap();
        assert_eq!(seoul.from.to_string(), "2026-11-19T15:00:00Z");
        assert_eq!(seoul.to.to_string(), "2026-11-20T15:00:00Z");
    }

    #[test]
    fn nothing_asked_is_the_last_month() {
        let default = period(None, None, None).unwrap();
        assert_eq!(default.from.to_string(), "2026-10-22T00:00:00Z");
        assert_eq!(default.to.to_string(), "2026-11-21T03:00:00Z");
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(period(Some("2026-11-21"), Some("2026-11-01"), None).is_err());
        assert!(period(Some("yesterday"), None, None).is_err());
        assert!(period(None, Some("9999-12-31"), None).is_err());
        assert!(period(None, None, Some("Mars/Olympus")).is_err());
    }
}
