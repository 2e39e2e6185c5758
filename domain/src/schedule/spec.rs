//! A schedule as a person wrote it: the shape on the wire and in the store.

use std::fmt;

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::run::words;

/// The largest `catch_up_max`. Each late slot is a whole run with its cost, so that "all" needs an end.
pub const MAX_CATCH_UP: u32 = 50;

/// The largest `jitter_seconds`: an hour, so that a run never drifts into the next slot of an hourly schedule.
pub const MAX_JITTER_SECONDS: u32 = 3_600;

words! {
    /// The kinds of schedule.
    Frequency {
        /// Once an hour, at the minute of `time`.
        Hourly = "hourly",
        /// Every day at `time`.
        Daily = "daily",
        /// On each of `weekdays` at `time`.
        Weekly = "weekly",
        /// On `day_of_month` at `time`; in a month that has no such day, on its last day.
        Monthly = "monthly",
        /// At the minutes that `cron` names.
        Cron = "cron",
    }
}

words! {
    /// The days of `weekdays`.
    Weekday {
        Mon = "mon",
        Tue = "tue",
        Wed = "wed",
        Thu = "thu",
        Fri = "fri",
        Sat = "sat",
        Sun = "sun",
    }
}

impl From<Weekday> for civil::Weekday {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Mon => Self::Monday,
            Weekday::Tue => Self::Tuesday,
            Weekday::Wed => Self::Wednesday,
            Weekday::Thu => Self::Thursday,
            Weekday::Fri => Self::Friday,
            Weekday::Sat => Self::Saturday,
            Weekday::Sun => Self::Sunday,
        }
    }
}

words! {
    /// What happens to the slots that nobody looked at in time, because the service was off.
    CatchUp {
        /// None of them runs.
        Skip = "skip",
        /// The newest one runs, when it is not older than a day.
        Latest = "latest",
        /// The newest `catch_up_max` of them run, oldest first.
        All = "all",
    }
}

words! {
    /// What happens when a slot is due and a run of the same agent is not over.
    Overlap {
        /// The slot is skipped.
        Skip = "skip",
        /// One run waits behind the one that runs; a further slot is skipped.
        QueueOne = "queue_one",
        /// What is unfinished is cancelled, and the slot runs.
        CancelPrevious = "cancel_previous",
    }
}

/// A schedule, kept as it was written. Fields that its frequency does not use are kept too, and not looked at, so that an
/// editor that switches from "weekly" to "daily" and back loses nothing.
///
/// Texts and numbers are taken as they come and judged by [`validate`](Self::validate), so that a person is told of every
/// wrong field at once and not of the first that a parser stumbled over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    pub frequency: Frequency,
    /// Local time, "HH:MM" of 24 hours. Hourly schedules use its minute, and the full hour when it is absent.
    #[serde(default)]
    pub time: Option<String>,
    /// For weekly schedules.
    #[serde(default)]
    pub weekdays: Vec<Weekday>,
    /// For monthly schedules, 1 to 31.
    #[serde(default)]
    pub day_of_month: Option<u32>,
    /// For cron schedules: five fields, or `@daily` and the like.
    #[serde(default)]
    pub cron: Option<String>,
    /// An IANA name such as `Asia/Seoul`. Required: absent reads as empty, which is refused with a code of its own.
    #[serde(default)]
    pub time_zone: String,
    #[serde(default = "default_catch_up")]
    pub catch_up: CatchUp,
    /// For `catch_up: all`, 1 to [`MAX_CATCH_UP`].
    #[serde(default = "default_catch_up_max")]
    pub catch_up_max: u32,
    #[serde(default = "default_overlap")]
    pub overlap: Overlap,
    /// Runs begin up to this many seconds after the slot, always the same number for one schedule.
    #[serde(default)]
    pub jitter_seconds: u32,
    /// A paused schedule keeps its row and has no slots.
    #[serde(default)]
    pub paused: bool,
}

impl ScheduleSpec {
    /// A schedule of this frequency in this zone with every default and nothing else.
    pub fn new(frequency: Frequency, time_zone: impl Into<String>) -> Self {
        Self {
            frequency,
            time: None,
            weekdays: Vec::new(),
            day_of_month: None,
            cron: None,
            time_zone: time_zone.into(),
            catch_up: default_catch_up(),
            catch_up_max: default_catch_up_max(),
            overlap: default_overlap(),
            jitter_seconds: 0,
            paused: false,
        }
    }
}

const fn default_catch_up() -> CatchUp {
    CatchUp::Latest
}

const fn default_catch_up_max() -> u32 {
    3
}

const fn default_overlap() -> Overlap {
    Overlap::QueueOne
}
