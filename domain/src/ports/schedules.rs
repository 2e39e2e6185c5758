//! Schedules and the slot ledger: a slot `(schedule, scheduled_at)` ends exactly once, as ran, skipped or missed.
//!
//! Two steps, each one transaction. [`Schedules::plan`] writes the rows of all slots up to now and moves the cursor; the row is
//! there before anything is dispatched. [`Schedules::fire`] turns a waiting row into a run, whose id follows from the slot. A
//! process killed between the two leaves a waiting row, and the next tick fires it.
//!
//! Where nothing stands against it (the slot is due, the agent active and without unfinished runs), a store may take the second
//! step's decision in the first: see [`Planning::decide`]. The row still reads as waiting, but it is as good as its run: whatever happens to
//! schedule or agent from then on, it becomes a run of the version that the agent had at that moment.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreResult;
use crate::ids::{AgentId, RunId, ScheduleId, UserId};
use crate::notification::{Delivery, Notification};
use crate::page::{Page, PageRequest};
use crate::schedule::{Overlap, ScheduleSpec, SlotOutcome, SlotReason};

/// Why a schedule does not fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Its owner paused it.
    User,
    /// Its last runs failed.
    Failures,
    /// Its next time cannot be computed any more.
    CannotCompute,
}

impl PauseReason {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Failures => "failures",
            Self::CannotCompute => "cannot_compute",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::User, Self::Failures, Self::CannotCompute]
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }
}

/// A schedule, as stored. An agent has at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id; a schedule that is replaced keeps it.
    pub id: ScheduleId,
    /// Whose runs it makes.
    pub agent_id: AgentId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner wrote; `spec.paused` says the same as [`Schedule::paused`].
    pub spec: ScheduleSpec,
    /// Every slot up to here has its row.
    pub cursor: Timestamp,
    /// The next slot; `None` when paused, or when there is none.
    pub next_due_at: Option<Timestamp>,
    /// Why it does not fire, when it does not.
    pub paused: Option<PauseReason>,
    /// Runs in a row that failed.
    pub failures: u32,
    /// Grows with each change, also of the cursor: what was computed from an older one is refused.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner changed it last.
    pub updated_at: Timestamp,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    /// Of which schedule.
    pub schedule_id: ScheduleId,
    /// Which of its times.
    pub scheduled_at: Timestamp,
    /// Whose runs it makes.
    pub agent_id: AgentId,
    /// Whose it is.
    pub user_id: UserId,
    /// When a waiting one is fired: its time and the schedule's jitter.
    pub dispatch_at: Timestamp,
    /// What became of it.
    pub outcome: SlotOutcome,
    /// Why it was skipped or missed.
    pub reason: Option<SlotReason>,
    /// The run, once it ran.
    pub run_id: Option<RunId>,
    /// Whether it was planned late, as a catch-up or a backfill.
    pub late: bool,
    /// When its outcome was written, or its row while it waits.
    pub decided_at: Timestamp,
}

/// Slots to be written, and where the schedule stands after them.
#[derive(Debug, Clone)]
pub struct Planning {
    /// Of which schedule.
    pub schedule_id: ScheduleId,
    /// The revision it was computed from.
    pub revision: u64,
    /// New rows, waiting or already ended; one that is there stays as it is.
    pub slots: Vec<SlotRow>,
    /// The new cursor.
    pub cursor: Timestamp,
    /// The next slot.
    pub next_due_at: Option<Timestamp>,
    /// Set when it stops itself here.
    pub pause: Option<PauseReason>,
    /// Whether the store may decide with the row that the slot runs. Only for one waiting slot that is due and before which no
    /// other of its schedule waits.
    pub decide: bool,
    /// What its owner is told of it, with how it is delivered: stored with the slots, or not at all. A notification that is there
    /// stays as it is.
    pub told: Option<(Notification, Vec<Delivery>)>,
}

/// A schedule to be stored for an agent, in place of the one it has.
#[derive(Debug, Clone)]
pub struct PutSchedule {
    /// Id where the agent has none yet.
    pub id: ScheduleId,
    /// Whose.
    pub user_id: UserId,
    /// Whose runs it makes.
    pub agent_id: AgentId,
    /// What its owner wrote.
    pub spec: ScheduleSpec,
    /// The revision it replaces; `None` where there is no schedule yet.
    pub expected_revision: Option<u64>,
    /// Slots of the replaced one that were due already, and where the new one begins.
    pub slots: Vec<SlotRow>,
    /// Where the new one begins.
    pub cursor: Timestamp,
    /// Its first slot; `None` when paused.
    pub next_due_at: Option<Timestamp>,
    /// Why it does not fire, when it does not.
    pub paused: Option<PauseReason>,
    /// Now.
    pub now: Timestamp,
}

/// Answer to a [`PutSchedule`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutResult {
    /// Stored.
    Saved(Box<Schedule>),
    /// Another change came in between: read again.
    Conflict,
    /// No such agent of this user.
    UnknownAgent,
}

/// A waiting slot to be turned into a run.
#[derive(Debug, Clone)]
pub struct Firing {
    /// Of which schedule.
    pub schedule_id: ScheduleId,
    /// Which of its times.
    pub scheduled_at: Timestamp,
    /// What happens when the agent is still at work.
    pub overlap: Overlap,
    /// Now.
    pub now: Timestamp,
}

/// What became of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fired {
    /// It has its run, now or from an earlier call.
    Ran {
        /// The run, queued.
        run_id: RunId,
        /// Whether it had it before this call.
        repeated: bool,
        /// Runs that were asked to stop for it (`cancel_previous`); those that waited have ended.
        stopping: Vec<RunId>,
    },
    /// It has ended without a run, now or earlier.
    Ended(SlotOutcome, SlotReason),
    /// There is no such row.
    Unknown,
}

/// Schedules and their slots.
#[async_trait]
pub trait Schedules: Send + Sync + std::fmt::Debug {
    /// Stores or replaces an agent's schedule and begins to count its failures anew. Waiting slots of the one before stay and
    /// fire, unless it is paused now: then they become `skipped(paused)`.
    async fn put_schedule(&self, put: &PutSchedule) -> StoreResult<PutResult>;

    /// Removes it; waiting slots become `skipped(schedule_changed)`, the ledger stays. `false`: there was none.
    async fn delete_schedule(
        &self,
        user: UserId,
        agent: AgentId,
        now: Timestamp,
    ) -> StoreResult<bool>;

    /// The agent's schedule.
    async fn schedule(&self, user: UserId, agent: AgentId) -> StoreResult<Option<Schedule>>;

    /// A schedule by its own id: for the tick and the hook, which act for nobody in particular.
    async fn schedule_by_id(&self, id: ScheduleId) -> StoreResult<Option<Schedule>>;

    /// The schedules of a user's agents, in no particular order.
    async fn schedules_of(&self, user: UserId, agents: &[AgentId]) -> StoreResult<Vec<Schedule>>;

    /// The next schedules of a user's active agents, soonest first.
    async fn next_schedules(&self, user: UserId, limit: u32) -> StoreResult<Vec<Schedule>>;

    /// Schedules whose next slot is not after `now`, longest due first. Its cost follows what is due, not what exists.
    async fn due_schedules(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<Schedule>>;

    /// Writes slots and what is told of them, and moves the cursor; `false`: the revision has moved on, nothing was written. A pause that is there stays.
    async fn plan(&self, planning: &Planning) -> StoreResult<bool>;

    /// [`plan`](Self::plan) of many, in this order and in one transaction: an error means that none of them was written.
    async fn plan_all(&self, plannings: &[Planning]) -> StoreResult<Vec<bool>>;

    /// Waiting slots whose dispatch is not after `now`, oldest first.
    async fn waiting_slots(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<SlotRow>>;

    /// Turns a waiting slot into a run, in one transaction: agent looked up (`skipped(agent_deleted)`, `skipped(agent_inactive)`),
    /// overlap decided by the agent's unfinished runs (see [`Unfinished`](crate::schedule::Unfinished)), conversation, message, run
    /// and first events stored, the row ended. Run and message ids follow from the slot; the conversation has the run's.
    async fn fire(&self, firing: &Firing) -> StoreResult<Fired>;

    /// [`fire`](Self::fire) of many, in this order and in one transaction: an error means that none of them was fired.
    async fn fire_all(&self, firings: &[Firing]) -> StoreResult<Vec<Fired>>;

    /// An agent's slots, newest first; empty for an agent of somebody else.
    async fn list_slots(
        &self,
        user: UserId,
        agent: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<SlotRow>>;

    /// A user's slots that were found missed at or after `since` (when they were decided, not when they were due), newest first.
    async fn missed_slots(
        &self,
        user: UserId,
        since: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<SlotRow>>;

    /// The earliest instant after `now` at which something will be due (a schedule or a waiting slot), for a timer.
    async fn next_wake(&self, now: Timestamp) -> StoreResult<Option<Timestamp>>;
}
