//! A schedule as five fields of crontab(5), for services that know nothing else.

use berth_domain::schedule::{Frequency, ScheduleSpec, Weekday};

/// Five fields that name every time of the schedule, and perhaps a few more; `None` when there are none that are understood everywhere:
/// then the tick alone finds its times.
pub fn crontab(spec: &ScheduleSpec) -> Option<String> {
    let time = spec.time.as_deref().unwrap_or("00:00");
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    match spec.frequency {
        Frequency::Hourly => Some(format!("{minute} * * * *")),
        Frequency::Daily => Some(format!("{minute} {hour} * * *")),
        Frequency::Weekly => {
            let days: Vec<&str> = spec.weekdays.iter().copied().map(number).collect();
            (!days.is_empty()).then(|| format!("{minute} {hour} * * {}", days.join(",")))
        }
        Frequency::Monthly => {
            let day = spec.day_of_month?;
            // In a month without that day the slot is on its last one, which crontab cannot say.
            let days = if day > 28 {
                "28-31".to_owned()
            } else {
                day.to_string()
            };
            Some(format!("{minute} {hour} {days} * *"))
        }
        Frequency::Cron => portable(spec.cron.as_deref()?),
    }
}

fn number(day: Weekday) -> &'static str {
    match day {
        Weekday::Sun => "0",
        Weekday::Mon => "1",
        Weekday::Tue => "2",
        Weekday::Wed => "3",
        Weekday::Thu => "4",
        Weekday::Fri => "5",
        Weekday::Sat => "6",
    }
}

/// Digits, lists, ranges and steps are the same everywhere; what goes beyond is not.
fn portable(cron: &str) -> Option<String> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let plain = |field: &&str| {
        field
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '*' | ',' | '-' | '/'))
    };
    (fields.len() == 5 && fields.iter().all(plain)).then(|| fields.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(frequency: Frequency) -> ScheduleSpec {
        ScheduleSpec {
            time: Some("08:05".to_owned()),
            weekdays: vec![Weekday::Mon, Weekday::Sun],
            day_of_month: Some(7),
            ..ScheduleSpec::new(frequency, "Asia/Seoul")
        }
    }

    #[test]
    fn every_frequency_has_its_fields() {
        for (frequency, expected) in [
            (Frequency::Hourly, "5 * * * *"),
            (Frequency::Daily, "5 8 * * *"),
            (Frequency::Weekly, "5 8 * * 1,0"),
            (Frequency::Monthly, "5 8 7 * *"),
        ] {
            assert_eq!(crontab(&spec(frequency)).as_deref(), Some(expected));
        }
        let last = ScheduleSpec {
            day_of_month: Some(31),
            ..spec(Frequency::Monthly)
        };
        assert_eq!(crontab(&last).as_deref(), Some("5 8 28-31 * *"));
    }

    #[test]
    fn only_what_every_cron_reads_alike_is_passed_on() {
        let written = |text: &str| {
            crontab(&ScheduleSpec {
                cron: Some(text.to_owned()),
                ..spec(Frequency::Cron)
            })
        };
        assert_eq!(
            written(" */15  8-18 * * 1-5 ").as_deref(),
            Some("*/15 8-18 * * 1-5")
        );
        for more in [
            "@daily",
            "0 8 L * *",
            "0 8 * * +1",
            "0 8 * * mon#1",
            "0 8 * *",
            "0 0 8 * * *",
        ] {
            assert_eq!(written(more), None, "{more}");
        }
    }
}
