//! Cron expressions: the one place that knows the library which reads them.
//!
//! The library is asked about local times only, which it treats as a calendar without gaps; what a time zone does to them is
//! decided by `plan`, the same way for every kind of schedule.

use std::ops::RangeInclusive;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use croner::time::Weekday;
use jiff::ToSpan as _;
use jiff::civil::{self, DateTime};

/// Longer than any expression a person means.
const MAX_LENGTH: usize = 128;

/// The fields by position, as they are named in reasons.
const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];

/// Years that hold each of the fourteen kinds there are (seven first weekdays, leap or not): what matches no day of these
/// never will.
const EVERY_KIND_OF_YEAR: RangeInclusive<i16> = 2001..=2028;

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
    /// schedule that ends by itself would look like one that broke. With both a day of the month and a day of the week,
    /// either is enough, as in crontab(5); `+MON` asks for both.
    pub(super) fn parse(expression: &str) -> Result<Self, CronRefused> {
        let fields = fields(expression)?;
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(&fields.join(" "))
            .map_err(|error| CronRefused::Unreadable(error.to_string()))?;
        if !matches_some_day(&cron) {
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

/// Whether there is a day for the expression. The library's own search would find out as well, by walking to the year 5000.
fn matches_some_day(cron: &Cron) -> bool {
    let first = civil::date(*EVERY_KIND_OF_YEAR.start(), 1, 1);
    first
        .series(1.day())
        .take_while(|date| EVERY_KIND_OF_YEAR.contains(&date.year()))
        .any(|date| {
            let (year, month, day) = (
                i32::from(date.year()),
                number(date.month()),
                number(date.day()),
            );
            let weekday =
                Weekday::from_days_from_sunday(number(date.weekday().to_sunday_zero_offset()));
            cron.pattern.month_match(month).unwrap_or(false)
                && cron
                    .pattern
                    .day_match(year, month, day, weekday)
                    .unwrap_or(false)
        })
}

fn number(part: i8) -> u32 {
    u32::from(part.unsigned_abs())
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
    let months = if months.len() == MONTHS.len() {
        "any month".to_owned()
    } else {
        months.join(" or ")
    };
    match fields[4] {
        "*" | "?" => format!("there is no day {} in {months}", fields[2]),
        weekday => format!(
            "there is no day {} in {months} that is also {}",
            fields[2],
            weekday.trim_start_matches('+')
        ),
    }
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
            "it would never run: there is no day 31 in February"
        );
        assert_eq!(
            refused("0 0 31 4,6 *"),
            "it would never run: there is no day 31 in April or June"
        );
        assert_eq!(
            refused("0 0 30,31 feb *"),
            "it would never run: there is no day 30,31 in February"
        );
        assert_eq!(
            refused("0 0 1-7 * +1#3"),
            "it would never run: there is no day 1-7 in any month that is also 1#3"
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
