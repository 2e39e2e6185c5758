//! Short words for agents, their schedules and their runs.

use berth_domain::agent::{Agent, AgentSnapshot, AgentSpec, AgentStatus, Network, NotifyRules};
use berth_domain::done::Check;
use berth_domain::ids::{RunId, UserId};
use berth_domain::page::PageRequest;
use berth_domain::ports::agents::{CreatedAgent, NewAgent};
use berth_domain::ports::runs::{Append, Fenced, Submission};
use berth_domain::ports::schedules::{
    Fired, Firing, Planning, PutResult, PutSchedule, Schedule, SlotRow,
};
use berth_domain::run::{Outcome, Trigger};
use berth_domain::schedule::{Frequency, Overlap, ScheduleSpec, SlotOutcome, slot_run_id};
use berth_domain::usage::MicroUsd;
use jiff::{SignedDuration, Timestamp};

use super::World;

/// An agent's content in which no field has its default.
pub(crate) fn spec(name: &str) -> AgentSpec {
    AgentSpec {
        name: name.to_owned(),
        prompt: format!("{name}: '\"; --\n둘째 줄 👩‍👩‍👧"),
        model: Some("claude-test".to_owned()),
        time_limit_seconds: 120,
        cost_limit_micro_usd: Some(MicroUsd(1_500_000)),
        network: Network::Hosts {
            hosts: vec!["*.example.com".to_owned()],
        },
        done: vec![Check::Contains {
            path: None,
            text: "합계".to_owned(),
        }],
        notify: NotifyRules {
            success: true,
            ..NotifyRules::default()
        },
    }
}

/// Every hour, in a zone.
pub(crate) fn hourly() -> ScheduleSpec {
    ScheduleSpec {
        time: Some("00:07".to_owned()),
        ..ScheduleSpec::new(Frequency::Hourly, "Asia/Seoul")
    }
}

/// These slots, written by the state of the schedule that is given, with the cursor at the last of them.
pub(crate) fn planning(schedule: &Schedule, slots: Vec<SlotRow>) -> Planning {
    Planning {
        schedule_id: schedule.id,
        revision: schedule.revision,
        cursor: slots
            .last()
            .map_or(schedule.cursor, |slot| slot.scheduled_at),
        next_due_at: schedule.next_due_at,
        pause: None,
        decide: false,
        told: None,
        slots,
    }
}

impl World {
    /// An agent to be saved, with a limit that does not matter.
    pub(crate) fn new_agent(&self, user: UserId, name: &str) -> NewAgent {
        NewAgent {
            id: self.id(),
            user_id: user,
            spec: spec(name),
            status: AgentStatus::Active,
            limit: 1_000,
            now: self.now(),
        }
    }

    /// Saves what must be accepted.
    pub(crate) async fn save(&self, new: &NewAgent) -> Agent {
        match self.agents().create_agent(new).await.unwrap() {
            CreatedAgent::Saved(agent) => *agent,
            other => panic!("not saved: {other:?}"),
        }
    }

    /// A saved agent.
    pub(crate) async fn agent(&self, user: UserId) -> Agent {
        self.save(&self.new_agent(user, "아침 요약")).await
    }

    /// A run of this agent that a person asks for.
    pub(crate) fn run_of(&self, agent: &Agent) -> Submission {
        self.run_with(agent, agent.snapshot())
    }

    /// A run of this agent with other content than its current version's.
    pub(crate) fn run_with(&self, agent: &Agent, snapshot: AgentSnapshot) -> Submission {
        Submission {
            agent_id: Some(agent.id),
            content: snapshot.spec.prompt.clone(),
            agent: Some(snapshot),
            trigger: Trigger::Manual,
            ..self.submission(agent.user_id)
        }
    }

    /// Ends a run that somebody has claimed.
    pub(crate) async fn end_with(&self, run: RunId, epoch: u64, outcome: &Outcome) {
        let ended = self
            .runs()
            .finish(run, epoch, &Append::default(), outcome, None, self.now())
            .await;
        assert!(matches!(ended.unwrap(), Fenced::Done(_)));
    }

    /// A schedule to be stored, which begins now and is due in an hour.
    pub(crate) fn new_schedule(&self, agent: &Agent) -> PutSchedule {
        PutSchedule {
            id: self.id(),
            user_id: agent.user_id,
            agent_id: agent.id,
            spec: hourly(),
            expected_revision: None,
            slots: Vec::new(),
            cursor: self.now(),
            next_due_at: Some(self.now() + SignedDuration::from_hours(1)),
            paused: None,
            now: self.now(),
        }
    }

    /// Stores what must be accepted.
    pub(crate) async fn put(&self, put: &PutSchedule) -> Schedule {
        match self.schedules().put_schedule(put).await.unwrap() {
            PutResult::Saved(schedule) => *schedule,
            other => panic!("not stored: {other:?}"),
        }
    }

    /// An agent's first schedule.
    pub(crate) async fn schedule(&self, agent: &Agent) -> Schedule {
        self.put(&self.new_schedule(agent)).await
    }

    /// A waiting slot, due at once.
    pub(crate) fn slot(&self, schedule: &Schedule, scheduled_at: Timestamp) -> SlotRow {
        SlotRow {
            schedule_id: schedule.id,
            scheduled_at,
            agent_id: schedule.agent_id,
            user_id: schedule.user_id,
            dispatch_at: scheduled_at,
            outcome: SlotOutcome::Pending,
            reason: None,
            run_id: None,
            late: false,
            decided_at: self.now(),
        }
    }

    /// Plans slots at these times, whatever the schedule's state is by now.
    pub(crate) async fn plan(&self, schedule: &Schedule, slots: Vec<SlotRow>) {
        let current = self.current(schedule).await;
        let planned = self.schedules().plan(&planning(&current, slots)).await;
        assert!(planned.unwrap());
    }

    /// One waiting slot, planned; its time is that of the clock.
    pub(crate) async fn waiting_slot(&self, schedule: &Schedule) -> SlotRow {
        let slot = self.slot(schedule, self.now());
        self.plan(schedule, vec![slot.clone()]).await;
        slot
    }

    /// The schedule as it stands.
    pub(crate) async fn current(&self, schedule: &Schedule) -> Schedule {
        let found = self.schedules().schedule_by_id(schedule.id).await;
        found.unwrap().expect("a schedule")
    }

    pub(crate) async fn fire(&self, slot: &SlotRow, overlap: Overlap) -> Fired {
        let firing = Firing {
            schedule_id: slot.schedule_id,
            scheduled_at: slot.scheduled_at,
            overlap,
            now: self.now(),
        };
        self.schedules().fire(&firing).await.unwrap()
    }

    /// A scheduled run: its slot is planned and fired, a second after the last.
    pub(crate) async fn fired(&self, schedule: &Schedule) -> RunId {
        self.pass(1);
        let slot = self.waiting_slot(schedule).await;
        let run_id = slot_run_id(slot.schedule_id, slot.scheduled_at);
        let ran = Fired::Ran {
            run_id,
            repeated: false,
            stopping: Vec::new(),
        };
        assert_eq!(self.fire(&slot, Overlap::QueueOne).await, ran);
        run_id
    }

    /// The row of a slot.
    pub(crate) async fn slot_row(&self, slot: &SlotRow) -> SlotRow {
        let page = self
            .schedules()
            .list_slots(slot.user_id, slot.agent_id, &PageRequest::default())
            .await
            .unwrap();
        let key = (slot.schedule_id, slot.scheduled_at);
        let row = page
            .items
            .into_iter()
            .find(|row| (row.schedule_id, row.scheduled_at) == key);
        row.expect("a row")
    }
}
