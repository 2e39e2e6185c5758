//! Cron expressions: the one place that knows the library which reads them.
//!
//! The library is asked about local times only, which it treats as a calendar without gaps; what a time zone does to them is
//! decided by `plan`, the same way for every kind of schedule.

use std::str::FromStr as _;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{self, DateTime};

/// Longer than any expression a person means.
const MAX_LENGTH: usize = 128;

/// The fields by position, as they are named in reasons.
const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];

/// The search for a date that exists begins here. The 28 years that follow hold each of the fourteen kinds of year (seven
/// first weekdays, leap or not), so that what does not fire in them never will.
const CYCLE_START: DateTime = civil::date(2000, 12, 31).at(23, 59, 59, 0);
const CYCLE_YEARS: &str = "2001-2028";

/// A cron expression that fires.
#[derive(Debug, Clone)]
pub(super) struct CronRule(Box<Cron>);

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CronRefused {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It can be read, and no day will ever match.
    #[error("it would never run: {0}")]
    Never(String),
}

impl CronRule {
    /// Reads five fields, or a short form such as `@daily`. Seconds and years are refused: slots are whole minutes, and a
    /// schedule that ends by itself would look like one that broke.
    pub(super) fn parse(expression: &str) -> Result<Self, CronRefused> {
        let fields = fields(expression)?;
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(&fields.join(" "))
            .map_err(|error| CronRefused::Unreadable(error.to_string()))?;
        let one_cycle = format!("0 {} {CYCLE_YEARS}", fields.join(" "));
        let fires = Cron::from_str(&one_cycle)
            .is_ok_and(|bounded| bounded.find_next_occurrence(&CYCLE_START, false).is_ok());
        if !fires {
            return Err(CronRefused::Never(why_never(&cron, &fields)));
        }
        Ok(Self(Box::new(cron)))
    }

    /// The first local time after `local` that the expression names. Any day that exists comes back within forty years
    /// (29 February on one weekday, across 2100), which bounds the search.
    pub(super) fn next(&self, local: DateTime) -> Option<DateTime> {
        self.0.find_next_occurrence(&local, false).ok()
    }
}

/// The five fields, with what the library would let pass in silence refused by name.
fn fields(expression: &str) -> Result<Vec<&str>, CronRefused> {
    let unreadable = |why: String| Err(CronRefused::Unreadable(why));
    if expression.len() > MAX_LENGTH {
        return unreadable(format!("it is longer than {MAX_LENGTH} characters"));
    }
    if !expression.is_ascii() {
        return unreadable("it may hold only the letters, digits and signs of cron".to_owned());
    }
    let fields: Vec<&str> = match expression.trim().to_ascii_lowercase().as_str() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        name if name.starts_with('@') => {
            return unreadable(format!("there is no short form {name:?}"));
        }
        _ => expression,
    }
    .split_ascii_whitespace()
    .collect();
    if fields.len() != FIELDS.len() {
        return unreadable(format!(
            "it has {} fields, and needs five: {}",
            fields.len(),
            FIELDS.join(", ")
        ));
    }
    for (field, name) in fields.iter().zip(FIELDS) {
        if field.split(',').any(str::is_empty) {
            return unreadable(format!(
                "the field {name} has a comma with nothing beside it"
            ));
        }
    }
    Ok(fields)
}

/// Names the months that were asked for a day they do not have.
fn why_never(cron: &Cron, fields: &[&str]) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let months: Vec<&str> = (1..)
        .zip(MONTHS)
        .filter(|(month, _)| cron.pattern.month_match(*month).unwrap_or(false))
        .map(|(_, name)| name)
        .collect();
    format!("{} has no day {}", months.join(" or "), fields[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(expression: &str) -> String {
        CronRule::parse(expression).unwrap_err().to_string()
    }

    #[test]
    fn an_expression_that_never_fires_is_refused_with_the_reason() {
        assert_eq!(
            refused("0 0 31 2 *"),
            "it would never run: February has no day 31"
        );
        assert_eq!(
            refused("0 0 31 4,6 *"),
            "it would never run: April or June has no day 31"
        );
        assert_eq!(
            refused("0 0 30,31 feb *"),
            "it would never run: February has no day 30,31"
        );
    }

    #[test]
    fn a_rare_day_is_not_never() {
        let leap_monday = CronRule::parse("0 12 29 2 +MON").unwrap();
        let after = leap_monday.next(civil::date(2072, 3, 1).at(0, 0, 0, 0));
        assert_eq!(after, Some(civil::date(2112, 2, 29).at(12, 0, 0, 0)));
    }

    #[test]
    fn what_is_not_cron_is_refused_by_name() {
        assert_eq!(
            refused("0 0 * *"),
            "it has 4 fields, and needs five: minute, hour, day of month, month, day of week"
        );
        assert!(refused("0 0 0 * * *").starts_with("it has 6 fields"));
        assert_eq!(
            refused("0 1,,2 * * *"),
            "the field hour has a comma with nothing beside it"
        );
        assert_eq!(refused("@reboot"), "there is no short form \"@reboot\"");
        assert!(refused("매일").starts_with("it may hold only"));
        assert!(refused(&"1".repeat(200)).starts_with("it is longer"));
        for expression in [
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
        ] {
            assert!(CronRule::parse(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn the_usual_forms_are_read() {
        for expression in [
            "*/15 9-17 * * MON-FRI",
            "0 8 L * *",
            "0 8 * * 1#1",
            "0 8 15W * *",
            "@Daily",
            " 5 4 * * sun ",
        ] {
            assert!(CronRule::parse(expression).is_ok(), "{expression}");
        }
    }
}
