//! From what a person wrote to what can be computed, or to what is wrong with it.

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::cron::{CronRefused, CronRule};
use super::plan::Plan;
use super::rule::{Rule, WeekdaySet};
use super::spec::{Frequency, MAX_CATCH_UP, MAX_JITTER_SECONDS, ScheduleSpec};

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// A stable word, such as `schedule.cron_never`: clients have a sentence for each.
    pub code: &'static str,
    /// The field of [`ScheduleSpec`] on the wire.
    pub field: &'static str,
    /// English, for programs and logs.
    pub reason: String,
}

impl FieldError {
    fn new(code: &'static str, field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            code,
            field,
            reason: reason.into(),
        }
    }
}

impl ScheduleSpec {
    /// The plan of this schedule, or everything that is wrong with it.
    ///
    /// Zones are looked up in the database that is built into the program, not in the machine's: every machine then agrees
    /// on what a zone is and when it changes its clocks, and an image without zone files works as well. New rules of a
    /// country arrive with an update of Berth.
    pub fn validate(&self) -> Result<Plan, Vec<FieldError>> {
        let mut errors = self.number_errors();
        let zone = zone(&self.time_zone).map_err(|error| errors.push(error));
        let rule = self.rule().map_err(|found| errors.extend(found));
        match (zone, rule) {
            (Ok(zone), Ok(rule)) if errors.is_empty() => Ok(Plan::new(zone, rule)),
            _ => Err(errors),
        }
    }

    fn number_errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !(1..=MAX_CATCH_UP).contains(&self.catch_up_max) {
            errors.push(FieldError::new(
                "schedule.catch_up_max",
                "catch_up_max",
                format!("must be between 1 and {MAX_CATCH_UP}"),
            ));
        }
        if self.jitter_seconds > MAX_JITTER_SECONDS {
            errors.push(FieldError::new(
                "schedule.jitter_seconds",
                "jitter_seconds",
                format!("must be between 0 and {MAX_JITTER_SECONDS}"),
            ));
        }
        errors
    }

    fn rule(&self) -> Result<Rule, Vec<FieldError>> {
        match self.frequency {
            Frequency::Hourly => self.hourly().map_err(|error| vec![error]),
            Frequency::Daily => self
                .time()
                .map(|time| Rule::Daily { time })
                .map_err(|error| vec![error]),
            Frequency::Weekly => {
                both(self.days(), self.time()).map(|(days, time)| Rule::Weekly { days, time })
            }
            Frequency::Monthly => {
                both(self.day(), self.time()).map(|(day, time)| Rule::Monthly { day, time })
            }
            Frequency::Cron => self.cron_rule().map_err(|error| vec![error]),
        }
    }

    fn hourly(&self) -> Result<Rule, FieldError> {
        let minute = match &self.time {
            Some(_) => self.time()?.minute(),
            None => 0,
        };
        Ok(Rule::Hourly { minute })
    }

    fn time(&self) -> Result<Time, FieldError> {
        let refused = |reason: &str| FieldError::new("schedule.time", "time", reason);
        let text = self.time.as_deref().ok_or_else(|| refused("is required"))?;
        parse_time(text).ok_or_else(|| refused("must be a time of day such as 08:00 or 23:59"))
    }

    fn days(&self) -> Result<WeekdaySet, FieldError> {
        WeekdaySet::new(self.weekdays.iter().map(|day| (*day).into())).ok_or_else(|| {
            FieldError::new("schedule.weekdays", "weekdays", "needs at least one day")
        })
    }

    fn day(&self) -> Result<i8, FieldError> {
        let refused =
            |reason: &str| FieldError::new("schedule.day_of_month", "day_of_month", reason);
        let day = self.day_of_month.ok_or_else(|| refused("is required"))?;
        i8::try_from(day)
            .ok()
            .filter(|day| (1..=31).contains(day))
            .ok_or_else(|| refused("must be between 1 and 31"))
    }

    fn cron_rule(&self) -> Result<Rule, FieldError> {
        let expression = self.cron.as_deref().unwrap_or_default();
        if expression.trim().is_empty() {
            return Err(FieldError::new("schedule.cron", "cron", "is required"));
        }
        CronRule::parse(expression)
            .map(Rule::Cron)
            .map_err(|refused| {
                let code = match refused {
                    CronRefused::Unreadable(_) => "schedule.cron",
                    CronRefused::Never(_) => "schedule.cron_never",
                };
                FieldError::new(code, "cron", refused.to_string())
            })
    }
}

/// Both values, or the errors of both.
fn both<A, B>(
    a: Result<A, FieldError>,
    b: Result<B, FieldError>,
) -> Result<(A, B), Vec<FieldError>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
}

/// Exactly "HH:MM": what `<input type="time">` gives and nothing that could be read in two ways.
fn parse_time(text: &str) -> Option<Time> {
    let two_digits = |text: &str| -> Option<i8> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    let (hour, minute) = text.split_once(':')?;
    Time::new(two_digits(hour)?, two_digits(minute)?, 0, 0).ok()
}

fn zone(name: &str) -> Result<TimeZone, FieldError> {
    let refused = |reason: String| FieldError::new("schedule.time_zone", "time_zone", reason);
    if name.is_empty() {
        return Err(refused("is required".to_owned()));
    }
    TimeZoneDatabase::bundled()
        .get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
        .ok_or_else(|| refused("must be an IANA time zone such as Asia/Seoul".to_owned()))
}
