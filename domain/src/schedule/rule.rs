//! The local times a schedule names, before any time zone is asked.
//!
//! A rule knows the calendar and nothing else: whether a local time exists, or exists twice, on a given day in a given
//! place is the business of `plan`.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::cron::CronRule;

/// The parsed form of a schedule's frequency.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    Hourly { minute: i8 },
    Daily { time: Time },
    Weekly { days: WeekdaySet, time: Time },
    Monthly { day: i8, time: Time },
    Cron(CronRule),
}

impl Rule {
    /// The first local time of the rule after `local`, on a whole minute; `None` at the end of the calendar.
    pub(super) fn next(&self, local: DateTime) -> Option<DateTime> {
        match self {
            Self::Hourly { minute } => next_hour(local, *minute),
            Self::Daily { time } => next_day(local, *time, |_| true),
            Self::Weekly { days, time } => {
                next_day(local, *time, |date| days.contains(date.weekday()))
            }
            Self::Monthly { day, time } => next_day(local, *time, |date| {
                date.day() == (*day).min(date.days_in_month())
            }),
            Self::Cron(cron) => cron.next(local),
        }
    }

    /// Whether the rule names this very local time.
    pub(super) fn names(&self, local: DateTime) -> bool {
        local
            .checked_sub(1.second())
            .is_ok_and(|before| self.next(before) == Some(local))
    }
}

/// Days of the week, one bit a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeekdaySet(u8);

impl WeekdaySet {
    /// `None` without a day: such a rule would never fire.
    pub(super) fn new(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let bits = days.into_iter().fold(0, |bits, day| bits | Self::bit(day));
        (bits != 0).then_some(Self(bits))
    }

    fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    fn bit(day: Weekday) -> u8 {
        1 << day.to_monday_zero_offset()
    }
}

fn next_hour(local: DateTime, minute: i8) -> Option<DateTime> {
    let this_hour = local.date().at(local.hour(), minute, 0, 0);
    if this_hour > local {
        return Some(this_hour);
    }
    this_hour.checked_add(1.hour()).ok()
}

/// The first `time` after `local` on a day that `fits`. Every rule that calls this has such a day within a month, so that
/// looking at day after day is cheap.
fn next_day(local: DateTime, time: Time, fits: impl Fn(Date) -> bool) -> Option<DateTime> {
    let mut date = local.date();
    if time <= local.time() {
        date = date.tomorrow().ok()?;
    }
    while !fits(date) {
        date = date.tomorrow().ok()?;
    }
    Some(date.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    fn fires(rule: &Rule, from: &str, count: usize) -> Vec<String> {
        std::iter::successors(rule.next(local(from)), |last| rule.next(*last))
            .take(count)
            .map(|local| local.strftime("%Y-%m-%d %H:%M").to_string())
            .collect()
    }

    #[test]
    fn a_month_without_the_day_uses_its_last_one() {
        let rule = Rule::Monthly {
            day: 31,
            time: Time::constant(8, 0, 0, 0),
        };
        assert_eq!(
            fires(&rule, "2028-01-31T08:00", 4),
            [
                "2028-02-29 08:00",
                "2028-03-31 08:00",
                "2028-04-30 08:00",
                "2028-05-31 08:00"
            ]
        );
    }

    #[test]
    fn weekdays_are_met_in_order_whatever_order_they_were_given_in() {
        let rule = Rule::Weekly {
            days: WeekdaySet::new([Weekday::Friday, Weekday::Monday, Weekday::Friday]).unwrap(),
            time: Time::midnight(),
        };
        // 2026-11-20 is a Friday.
        assert_eq!(
            fires(&rule, "2026-11-19T23:59:59", 3),
            ["2026-11-20 00:00", "2026-11-23 00:00", "2026-11-27 00:00"]
        );
    }

    #[test]
    fn the_end_of_the_calendar_is_an_end_and_no_panic() {
        let end = DateTime::MAX;
        for rule in [
            Rule::Hourly { minute: 0 },
            Rule::Daily {
                time: Time::midnight(),
            },
            Rule::Monthly {
                day: 1,
                time: Time::midnight(),
            },
        ] {
            assert_eq!(rule.next(end), None);
        }
    }
}
