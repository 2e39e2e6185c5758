//! What a turn and a scheduled run cost: as many documents as docs/adr/0018-firestore-layout.md says.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "networks that break are not needed here")]
mod common;

use berth_domain::agent::{AgentSpec, AgentStatus, Network, NotifyRules};
use berth_domain::event::Event;
use berth_domain::ids::{AgentId, ConversationId, MessageId, RunId, ScheduleId, UserId};
use berth_domain::lease::{RENEW_EVERY, RunnerId};
use berth_domain::placement::Snapshot;
use berth_domain::ports::agents::{Agents as _, NewAgent};
use berth_domain::ports::notifications::{Notifications as _, Settlement};
use berth_domain::ports::placements::{Placed, Placements as _, Progress};
use berth_domain::ports::runs::{Append, Claim, Fenced, Runs as _, Submission, Submitted};
use berth_domain::ports::schedules::{
    Fired, Firing, Planning, PutResult, PutSchedule, Schedules as _, SlotRow,
};
use berth_domain::ports::usage::UsageLedger as _;
use berth_domain::quota::Quota;
use berth_domain::run::{self, Outcome, Reason, RunState, Trigger};
use berth_domain::schedule::{Frequency, Overlap, ScheduleSpec, SlotOutcome};
use berth_domain::usage::{MicroUsd, Tokens, UsageEntry, UsageTotals};
use berth_gcp::{Operations, Store};
use common::{Emulated, uuid};
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

fn since(store: &Store, before: Operations) -> Operations {
    let after = store.operations();
    Operations {
        reads: after.reads - before.reads,
        writes: after.writes - before.writes,
    }
}

/// A model call: the ledger's line, and the append that tells of it.
async fn model_call(store: &Store, run: RunId, user: UserId, epoch: u64, offset: u64) {
    let entry = UsageEntry {
        id: uuid(),
        run_id: run,
        user_id: user,
        agent_id: None,
        conversation_id: None,
        model: "claude".to_owned(),
        tokens: Tokens::default(),
        cost_micro_usd: MicroUsd(1),
        at: now(),
    };
    store.record(&entry).await.unwrap();
    let append = Append {
        usage: Some(UsageTotals {
            calls: offset,
            ..UsageTotals::default()
        }),
        ..says(offset)
    };
    let done = store.append(run, epoch, &append, now()).await.unwrap();
    assert!(matches!(done, Fenced::Done(_)));
}

fn says(offset: u64) -> Append {
    Append {
        events: vec![Event::Text {
            block: 0,
            text: "words ".repeat(100),
        }],
        progress: run::Progress {
            offset,
            ..run::Progress::default()
        },
        ..Append::default()
    }
}

async fn claim(store: &Store, run: RunId) -> u64 {
    let runner = RunnerId {
        name: "runner".to_owned(),
        incarnation: uuid(),
    };
    let claim = store.claim(run, &runner, Quota::default(), now());
    let Claim::Yours(claimed) = claim.await.unwrap() else {
        panic!("not claimed");
    };
    claimed.lease.epoch
}

/// Has a runner take the user's workspace; answers its epoch.
async fn lives_here(store: &Store, user: UserId) -> u64 {
    let runner = RunnerId {
        name: "runner".to_owned(),
        incarnation: uuid(),
    };
    let registered = store.register(&runner, "runner:1", now()).await;
    assert!(registered.unwrap().is_some());
    let Placed::Yours(placement) = store.place(user, &runner, now()).await.unwrap() else {
        panic!("not placed");
    };
    placement.epoch
}

async fn finish(store: &Store, run: RunId, epoch: u64) {
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
    let answer = Some((MessageId(uuid()), "# 답".to_owned()));
    let last = says(1_000);
    let done = store.finish(run, epoch, &last, &outcome, answer, now());
    assert!(matches!(done.await.unwrap(), Fenced::Done(_)));
}

/// Three model calls, a tool between each two, and a lease that is renewed all the time.
#[tokio::test]
async fn a_turn_of_half_a_minute_stays_below_60_writes() {
    let emulated = Emulated::new().await;
    let store = &emulated.store;
    let submission = Submission {
        user_id: UserId(uuid()),
        message_id: MessageId(uuid()),
        conversation_id: None,
        new_conversation_id: ConversationId(uuid()),
        run_id: RunId(uuid()),
        agent_id: None,
        agent: None,
        content: "hello".to_owned(),
        trigger: Trigger::Chat,
        retry_of: None,
        quota: Quota::default(),
        now: now(),
    };
    let before = store.operations();
    let submitted = store.submit(&submission).await.unwrap();
    assert!(matches!(submitted, Submitted::Accepted { .. }));
    let run = submission.run_id;
    let epoch = claim(store, run).await;
    for offset in 1..=13 {
        let done = store
            .append(run, epoch, &says(offset), now())
            .await
            .unwrap();
        assert!(matches!(done, Fenced::Done(_)));
    }
    for offset in 14..=16 {
        model_call(store, run, submission.user_id, epoch, offset).await;
    }
    for _ in 0..(30 / RENEW_EVERY.as_secs()) {
        let renewed = store.renew(run, epoch, now()).await.unwrap();
        assert!(matches!(renewed, Fenced::Done(_)));
    }
    finish(store, run, epoch).await;
    let spent = since(store, before);
    assert_eq!(
        spent,
        Operations {
            reads: 38,
            writes: 38
        }
    );
}

/// One model call, one append (what comes within a second is one), no notification; and a copy of the workspace is recorded.
#[tokio::test]
async fn a_scheduled_run_costs_12_writes() {
    let emulated = Emulated::new().await;
    let store = &emulated.store;
    let user = UserId(uuid());
    let agent = NewAgent {
        id: AgentId(uuid()),
        user_id: user,
        spec: AgentSpec {
            name: "Summary".to_owned(),
            prompt: "Sum up.".to_owned(),
            model: None,
            time_limit_seconds: 60,
            cost_limit_micro_usd: None,
            network: Network::Packages,
            done: Vec::new(),
            notify: NotifyRules::default(),
        },
        status: AgentStatus::Active,
        limit: 10,
        now: now(),
    };
    store.create_agent(&agent).await.unwrap();
    let put = PutSchedule {
        id: ScheduleId(uuid()),
        user_id: user,
        agent_id: agent.id,
        spec: ScheduleSpec::new(Frequency::Hourly, "Asia/Seoul"),
        expected_revision: None,
        slots: Vec::new(),
        cursor: now(),
        next_due_at: Some(now()),
        paused: None,
        now: now(),
    };
    let PutResult::Saved(schedule) = store.put_schedule(&put).await.unwrap() else {
        panic!("not stored");
    };
    let epoch_here = lives_here(store, user).await;
    let before = store.operations();
    let slot = SlotRow {
        schedule_id: schedule.id,
        scheduled_at: now(),
        agent_id: agent.id,
        user_id: user,
        dispatch_at: now(),
        outcome: SlotOutcome::Pending,
        reason: None,
        run_id: None,
        late: false,
        decided_at: now(),
    };
    let planning = Planning {
        schedule_id: schedule.id,
        revision: schedule.revision,
        slots: vec![slot],
        cursor: now(),
        next_due_at: Some(now() + SignedDuration::from_hours(1)),
        pause: None,
        decide: false,
        told: None,
    };
    assert!(store.plan(&planning).await.unwrap());
    let firing = Firing {
        schedule_id: schedule.id,
        scheduled_at: now(),
        overlap: Overlap::QueueOne,
        now: now(),
    };
    let Fired::Ran { run_id, .. } = store.fire(&firing).await.unwrap() else {
        panic!("not fired");
    };
    let epoch = claim(store, run_id).await;
    model_call(store, run_id, user, epoch, 1).await;
    finish(store, run_id, epoch).await;
    let settlement = Settlement {
        run_id,
        notifications: Vec::new(),
        deliveries: Vec::new(),
        schedule: None,
        now: now(),
    };
    assert!(store.settle_run(&settlement).await.unwrap());
    let copy = Snapshot {
        id: uuid(),
        number: 1,
        taken_at: now(),
        bytes: 1,
    };
    let copied = Progress::Saved(copy);
    let saved = store.record_placement(user, epoch_here, &copied);
    assert_eq!(saved.await.unwrap(), Fenced::Done(()));
    let spent = since(store, before);
    assert_eq!(
        spent,
        Operations {
            reads: 16,
            writes: 12
        }
    );
}
