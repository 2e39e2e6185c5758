//! From the time that passed to slots: every fire becomes exactly one, with its decision.
//!
//! The cursor of a schedule is the last time that was planned. Planning starts behind it and never goes back, so that a clock
//! that was set back plans nothing twice, and a service that was off for a month plans the month.

use jiff::{SignedDuration, Timestamp};

use super::plan::{Fire, Plan};
use super::slot::{SlotDecision, SlotReason};
use super::spec::{CatchUp, MAX_CATCH_UP, ScheduleSpec};

/// A slot planned later than this is late. The tick comes every minute, and on a hosted platform it may take half a minute to
/// arrive: less would call punctual runs late.
pub const LATE: SignedDuration = SignedDuration::from_secs(90);

/// With `catch_up: latest`, a slot older than this does not run any more: yesterday's brief is of no use today.
pub const TOO_OLD: SignedDuration = SignedDuration::from_hours(24);

/// The most slots one call plans, which bounds the transaction that writes them. It is far above what can run at once
/// (the late slots of a catch-up and those of the last 90 seconds), as [`due`] relies on.
pub const MAX_SLOTS: usize = 1_000;

/// How many of the newest fires settle what runs: the late slots of the largest catch-up, and the two that whole minutes can
/// put into the last 90 seconds.
const NEWEST: usize = MAX_CATCH_UP as usize + 2;

/// One slot and what is decided of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedSlot {
    pub scheduled_at: Timestamp,
    pub decision: SlotDecision,
}

/// What is to be written: the slots, and where the schedule stands then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Oldest first, each later than the cursor.
    pub slots: Vec<PlannedSlot>,
    /// The new cursor: the last of `slots`, or the old cursor without one.
    pub cursor: Timestamp,
    /// When to ask again: after `now`, unless `slots` was cut, and then it is due at once. `None` for a paused schedule.
    pub next: Option<Timestamp>,
}

impl Due {
    /// Whether everything up to `now` is planned; when not, write `slots` and `cursor` and ask again.
    pub fn is_complete(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| next > now)
    }
}

/// Plans every fire after `cursor` up to and including `now`.
///
/// Punctual slots always run. Of late ones, the catch-up rule decides: `skip` none, `latest` the newest of all that are due
/// unless it is too old, `all` the newest `catch_up_max`. At most [`MAX_SLOTS`] are planned a call, and a call that is cut
/// plans missed slots only: whatever runs is planned together, in the last call, so that time that passes between two calls
/// cannot make a catch-up run more than its rule says.
///
/// A paused schedule has no slots. When `now` is before the cursor (the clock was set back) there is none either.
pub fn due(plan: &Plan, spec: &ScheduleSpec, cursor: Timestamp, now: Timestamp) -> Due {
    if spec.paused {
        return Due {
            slots: Vec::new(),
            cursor,
            next: None,
        };
    }
    let mut fires = plan.between(cursor, now, MAX_SLOTS + 1);
    let cut = fires.len() > MAX_SLOTS;
    let rule = if cut {
        CatchUpRule::new(spec, &newest(plan, cursor, now), now)
    } else {
        CatchUpRule::new(spec, &fires, now)
    };
    fires.truncate(MAX_SLOTS);
    let mut slots: Vec<PlannedSlot> = fires
        .into_iter()
        .map(|fire| PlannedSlot {
            scheduled_at: fire.at,
            decision: rule.decide(fire.at),
        })
        .collect();
    if cut {
        let missed = slots
            .iter()
            .take_while(|slot| matches!(slot.decision, SlotDecision::Missed(_)))
            .count();
        slots.truncate(missed);
    }
    let cursor = slots.last().map_or(cursor, |slot| slot.scheduled_at);
    // After a cut this is the first slot that was left out; with the clock set back, the first after the cursor.
    let from = if cut { cursor } else { cursor.max(now) };
    Due {
        slots,
        cursor,
        next: plan.after(from).map(|fire| fire.at),
    }
}

/// What a change of the schedule leaves to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Respec {
    /// What was due by the old schedule and nobody had planned.
    pub slots: Vec<PlannedSlot>,
    pub cursor: Timestamp,
    pub next: Option<Timestamp>,
    /// Whether the new schedule holds from here. When not, the old one had more due than one call plans: write `slots` and
    /// `cursor`, keep the old schedule, and ask again.
    pub complete: bool,
}

/// Changes a schedule (its times, its zone, paused or not) at `now`: what was due until now is planned by the old one, and
/// the new one begins after now. Whoever moves a schedule from eight to seven at half past seven gets tomorrow's run at
/// seven, and none for the seven of today.
pub fn respec(
    old: (&Plan, &ScheduleSpec),
    new: (&Plan, &ScheduleSpec),
    cursor: Timestamp,
    now: Timestamp,
) -> Respec {
    let due = due(old.0, old.1, cursor, now);
    if !due.is_complete(now) {
        return Respec {
            slots: due.slots,
            cursor: due.cursor,
            next: due.next,
            complete: false,
        };
    }
    // Never before the cursor: with the clock set back, the old schedule has planned until there.
    let begin = due.cursor.max(now);
    Respec {
        slots: due.slots,
        cursor: begin,
        next: first_after(new, begin),
        complete: true,
    }
}

/// Where a schedule stands that is switched on at `now`, new or after a pause: the cursor and the first slot. What a pause
/// left out is not made up for; [`Plan::backfill`] is how a person asks for that.
pub fn resume(
    plan: &Plan,
    spec: &ScheduleSpec,
    cursor: Option<Timestamp>,
    now: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    let begin = cursor.map_or(now, |cursor| cursor.max(now));
    (begin, first_after((plan, spec), begin))
}

fn first_after((plan, spec): (&Plan, &ScheduleSpec), begin: Timestamp) -> Option<Timestamp> {
    if spec.paused {
        return None;
    }
    plan.after(begin).map(|fire| fire.at)
}

/// The catch-up rule, with what it needs to know of all that is due and not of this call's part alone.
struct CatchUpRule {
    now: Timestamp,
    /// Slots before this one are late.
    punctual_from: Timestamp,
    kind: CatchUpKind,
}

enum CatchUpKind {
    Skip,
    /// The newest slot that is due, if any.
    Latest {
        newest: Option<Timestamp>,
    },
    /// The oldest late slot that still runs, if any.
    All {
        oldest: Option<Timestamp>,
    },
}

impl CatchUpRule {
    /// `newest` are the newest fires that are due, oldest first: all of them, or at least [`NEWEST`].
    fn new(spec: &ScheduleSpec, newest: &[Fire], now: Timestamp) -> Self {
        let punctual_from = now.checked_sub(LATE).unwrap_or(Timestamp::MIN);
        let kind = match spec.catch_up {
            CatchUp::Skip => CatchUpKind::Skip,
            CatchUp::Latest => CatchUpKind::Latest {
                newest: newest.last().map(|fire| fire.at),
            },
            CatchUp::All => {
                let max = spec.catch_up_max.min(MAX_CATCH_UP) as usize;
                let late = newest
                    .iter()
                    .rev()
                    .map(|fire| fire.at)
                    .filter(|at| *at < punctual_from);
                CatchUpKind::All {
                    oldest: late.take(max).last(),
                }
            }
        };
        Self {
            now,
            punctual_from,
            kind,
        }
    }

    fn decide(&self, at: Timestamp) -> SlotDecision {
        if at >= self.punctual_from {
            return SlotDecision::Run { late: false };
        }
        let missed = match self.kind {
            CatchUpKind::Skip => Some(SlotReason::CatchUpSkip),
            CatchUpKind::Latest { .. } if self.now.duration_since(at) > TOO_OLD => {
                Some(SlotReason::TooOld)
            }
            CatchUpKind::Latest { newest } => {
                (newest != Some(at)).then_some(SlotReason::Superseded)
            }
            CatchUpKind::All { oldest } => oldest
                .is_none_or(|oldest| at < oldest)
                .then_some(SlotReason::OverCatchUpMax),
        };
        missed.map_or(SlotDecision::Run { late: true }, SlotDecision::Missed)
    }
}

/// The newest fires after `from` up to and including `to`, oldest first: at least [`NEWEST`], or all there are.
///
/// Plans are walked forwards only. So this looks at the last hour, then at the last two, four and so on, until there are
/// enough: of a schedule that was off for months it walks a small part, whatever its frequency.
fn newest(plan: &Plan, from: Timestamp, to: Timestamp) -> Vec<Fire> {
    let mut window = SignedDuration::from_hours(1);
    loop {
        let begin = to.checked_sub(window).unwrap_or(Timestamp::MIN).max(from);
        let fires = plan.between(begin, to, usize::MAX);
        if fires.len() >= NEWEST || begin == from {
            return fires;
        }
        window = window.saturating_mul(2);
    }
}
