//! When an agent runs by itself.

use berth_domain::ports::schedules::{PauseReason, Schedule, SlotRow};
use berth_domain::schedule::{
    CatchUp, Fire, FireNote, Frequency, Overlap, ScheduleSpec, SlotOutcome, SlotReason, Weekday,
};
use berth_domain::scheduling;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::word;
use crate::problem::Field;

word! {
    /// The kind of a schedule.
    FrequencyWord(Frequency)
}
word! {
    /// A day of the week.
    WeekdayWord(Weekday)
}
word! {
    /// What happens to times that passed while the service was off.
    CatchUpWord(CatchUp)
}
word! {
    /// What happens when a time comes while the agent is still at work.
    OverlapWord(Overlap)
}
word! {
    /// What became of a slot.
    SlotOutcomeWord(SlotOutcome)
}
word! {
    /// Why a slot did not run.
    SlotReasonWord(SlotReason)
}

/// A schedule, as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScheduleSpec)]
pub(crate) struct ScheduleSpecView {
    /// How often.
    frequency: FrequencyWord,
    /// Local time of day, `HH:MM`.
    time: Option<String>,
    /// For `weekly`.
    weekdays: Vec<WeekdayWord>,
    /// For `monthly`, 1 to 31; a month that has no such day fires on its last.
    day_of_month: Option<u32>,
    /// For `cron`: five fields.
    cron: Option<String>,
    /// IANA time zone.
    time_zone: String,
    /// What happens to times that passed while the service was off.
    catch_up: CatchUpWord,
    /// For `catch_up: all`: how many at most.
    catch_up_max: u32,
    /// What happens when a time comes while the agent is still at work.
    overlap: OverlapWord,
    /// Runs begin up to this many seconds later, always the same number for one schedule.
    jitter_seconds: u32,
    /// Whether it does not fire.
    paused: bool,
}

impl From<ScheduleSpec> for ScheduleSpecView {
    fn from(spec: ScheduleSpec) -> Self {
        Self {
            frequency: FrequencyWord(spec.frequency),
            time: spec.time,
            weekdays: spec.weekdays.into_iter().map(WeekdayWord).collect(),
            day_of_month: spec.day_of_month,
            cron: spec.cron,
            time_zone: spec.time_zone,
            catch_up: CatchUpWord(spec.catch_up),
            catch_up_max: spec.catch_up_max,
            overlap: OverlapWord(spec.overlap),
            jitter_seconds: spec.jitter_seconds,
            paused: spec.paused,
        }
    }
}

/// A schedule to be used. What its frequency does not use may be left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = ScheduleRequest)]
#[serde(default)]
pub(crate) struct ScheduleFields {
    /// How often; needed.
    #[schema(value_type = Option<FrequencyWord>)]
    frequency: Option<String>,
    /// Local time of day, `HH:MM`; hourly schedules use its minute.
    time: Option<String>,
    /// For `weekly`.
    #[schema(value_type = Option<Vec<WeekdayWord>>)]
    weekdays: Option<Vec<String>>,
    /// For `monthly`, 1 to 31.
    day_of_month: Option<u32>,
    /// For `cron`: five fields.
    cron: Option<String>,
    /// IANA time zone; needed.
    time_zone: Option<String>,
    /// `latest` when left out.
    #[schema(value_type = Option<CatchUpWord>)]
    catch_up: Option<String>,
    /// 1 to 50; 3 when left out.
    catch_up_max: Option<u32>,
    /// `queue_one` when left out.
    #[schema(value_type = Option<OverlapWord>)]
    overlap: Option<String>,
    /// 0 to 3,600; 0 when left out.
    jitter_seconds: Option<u32>,
    /// Whether it does not fire; false when left out.
    paused: Option<bool>,
}

impl ScheduleFields {
    /// What was written, or everything that is wrong with it.
    pub(crate) fn into_spec(self) -> Result<ScheduleSpec, Vec<Field>> {
        let mut errors = Vec::new();
        let frequency = self.frequency.as_deref().and_then(Frequency::parse);
        if frequency.is_none() {
            errors.push(Field::new("frequency", "schedule.frequency"));
        }
        // Only to find what else is wrong when the frequency is: an hourly schedule needs nothing.
        let frequency = frequency.unwrap_or(Frequency::Hourly);
        let zone = self.time_zone.unwrap_or_default();
        let mut spec = ScheduleSpec::new(frequency, zone);
        spec.time = self.time;
        spec.day_of_month = self.day_of_month;
        spec.cron = self.cron;
        for word in self.weekdays.unwrap_or_default() {
            match Weekday::parse(&word) {
                Some(day) => spec.weekdays.push(day),
                None => errors.push(Field::new("weekdays", "schedule.weekdays")),
            }
        }
        if let Some(word) = self.catch_up {
            match CatchUp::parse(&word) {
                Some(rule) => spec.catch_up = rule,
                None => errors.push(Field::new("catch_up", "schedule.catch_up")),
            }
        }
        if let Some(word) = self.overlap {
            match Overlap::parse(&word) {
                Some(rule) => spec.overlap = rule,
                None => errors.push(Field::new("overlap", "schedule.overlap")),
            }
        }
        spec.catch_up_max = self.catch_up_max.unwrap_or(spec.catch_up_max);
        spec.jitter_seconds = self.jitter_seconds.unwrap_or_default();
        spec.paused = self.paused.unwrap_or_default();
        errors.extend(spec.validate().err().into_iter().flatten().map(Field::from));
        errors.dedup();
        if errors.is_empty() {
            Ok(spec)
        } else {
            Err(errors)
        }
    }
}

/// Why a schedule does not fire.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = PauseReason)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PauseWord {
    /// Its owner paused it.
    User,
    /// Its last runs failed.
    Failures,
    /// Its next time cannot be computed any more.
    CannotCompute,
}

impl From<PauseReason> for PauseWord {
    fn from(reason: PauseReason) -> Self {
        match reason {
            PauseReason::User => Self::User,
            PauseReason::Failures => Self::Failures,
            PauseReason::CannotCompute => Self::CannotCompute,
        }
    }
}

/// An agent's schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(crate) struct ScheduleView {
    /// Its id; a schedule that is replaced keeps it.
    id: Uuid,
    /// Whose runs it makes.
    agent_id: Uuid,
    /// As it was written.
    #[serde(flatten)]
    spec: ScheduleSpecView,
    /// When the next run begins, jitter included; never in the past. Null while it is paused.
    next_due_at: Option<Timestamp>,
    /// Why it does not fire, when it does not.
    paused_reason: Option<PauseWord>,
    /// Runs in a row that failed.
    failures: u32,
    /// When its owner changed it last.
    updated_at: Timestamp,
}

impl ScheduleView {
    /// The view as of `now`.
    pub(crate) fn new(schedule: Schedule, now: Timestamp) -> Self {
        Self {
            next_due_at: scheduling::next_run_at(&schedule, now),
            id: schedule.id.0,
            agent_id: schedule.agent_id.0,
            paused_reason: schedule.paused.map(PauseWord::from),
            failures: schedule.failures,
            updated_at: schedule.updated_at,
            spec: ScheduleSpecView {
                paused: schedule.paused.is_some(),
                ..schedule.spec.into()
            },
        }
    }
}

/// One time of a schedule, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Slot)]
pub(crate) struct SlotView {
    /// Whose runs the schedule makes.
    agent_id: Uuid,
    /// The time, without jitter.
    scheduled_at: Timestamp,
    /// What became of it.
    outcome: SlotOutcomeWord,
    /// Why it was skipped or missed.
    reason: Option<SlotReasonWord>,
    /// The run, once it ran.
    run_id: Option<Uuid>,
    /// Whether it was planned late, as a catch-up or a backfill.
    late: bool,
}

impl From<SlotRow> for SlotView {
    fn from(slot: SlotRow) -> Self {
        Self {
            agent_id: slot.agent_id.0,
            scheduled_at: slot.scheduled_at,
            outcome: SlotOutcomeWord(slot.outcome),
            reason: slot.reason.map(SlotReasonWord),
            run_id: slot.run_id.map(|id| id.0),
            late: slot.late,
        }
    }
}

/// A time at which a schedule fires.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fire)]
pub(crate) struct FireView {
    /// The instant.
    at: Timestamp,
    /// What the clocks in the schedule's zone show then.
    #[schema(value_type = String, example = "2026-11-23T08:00:00")]
    local: DateTime,
    /// What the zone's clock change did to it, if anything.
    note: Option<FireNoteWord>,
}

/// What a clock change did to a fire.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = FireNote)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FireNoteWord {
    /// The local time does not exist on that day: it fires at the next minute that does.
    Gap,
    /// The local time comes twice on that day: it fires the first time.
    Repeated,
}

impl From<Fire> for FireView {
    fn from(fire: Fire) -> Self {
        Self {
            at: fire.at,
            local: fire.local,
            note: fire.note.map(|note| match note {
                FireNote::Gap => FireNoteWord::Gap,
                FireNote::Repeated => FireNoteWord::Repeated,
            }),
        }
    }
}
