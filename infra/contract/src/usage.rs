//! Cases of the port `usage`.

use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::usage::{UsageBy, UsageGroup, UsageQuery, UsageRow};
use berth_domain::usage::{MicroUsd, Tokens, UsageEntry, UsageTotals};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::World;
use crate::world::together;

/// A call of one input token that cost `cost`.
fn call(w: &World, user: UserId, at: Timestamp, cost: u64) -> UsageEntry {
    UsageEntry {
        id: w.id(),
        run_id: w.id(),
        user_id: user,
        agent_id: None,
        conversation_id: Some(w.id()),
        model: "claude-sonnet-4-5".to_owned(),
        tokens: Tokens {
            input: 1,
            output: 2,
            cache_read: 3,
            cache_write: 4,
        },
        cost_micro_usd: MicroUsd(cost),
        at,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn record(w: &World, entries: &[UsageEntry]) {
    for entry in entries {
        w.usage().record(entry).await.unwrap();
    }
}

const EVERY_WAY: [UsageBy; 4] = [
    UsageBy::Day,
    UsageBy::Agent,
    UsageBy::Model,
    UsageBy::DayAgent,
];

async fn summary(w: &World, user: UserId, by: UsageBy, zone: &str) -> Vec<UsageRow> {
    let query = UsageQuery {
        user,
        from: at("2026-01-01T00:00:00Z"),
        to: at("2027-01-01T00:00:00Z"),
        by,
        time_zone: TimeZone::get(zone).unwrap(),
    };
    w.usage().summary(&query).await.unwrap()
}

/// Day, number of calls and cost of each row.
async fn days(w: &World, user: UserId, zone: &str) -> Vec<(String, u64, u64)> {
    let rows = summary(w, user, UsageBy::Day, zone).await;
    rows.into_iter()
        .map(|row| match row.group {
            UsageGroup::Day(day) => (
                day.to_string(),
                row.totals.calls,
                row.totals.cost_micro_usd.0,
            ),
            other => panic!("not a day: {other:?}"),
        })
        .collect()
}

fn day(date: &str, calls: u64, cost: u64) -> (String, u64, u64) {
    (date.to_owned(), calls, cost)
}

pub(crate) async fn recording_twice_counts_once(w: World) {
    let entry = call(&w, w.id(), w.now(), 70);
    together((0..5).map(|_| {
        let (usage, entry) = (w.usage(), entry.clone());
        async move { usage.record(&entry).await.unwrap() }
    }))
    .await;
    let other_words = UsageEntry {
        cost_micro_usd: MicroUsd(1),
        ..entry.clone()
    };
    w.usage().record(&other_words).await.unwrap();
    let mut expected = UsageTotals::default();
    expected.add(entry.tokens, entry.cost_micro_usd);
    assert_eq!(w.usage().run_total(entry.run_id).await.unwrap(), expected);
    let nothing = w.usage().run_total(w.id()).await.unwrap();
    assert_eq!(nothing, UsageTotals::default());
}

pub(crate) async fn totals_begin_at_an_instant(w: World) {
    let (user, agent, run) = (w.id(), w.id(), w.id::<RunId>());
    let (early, late) = (at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
    let mut entries = [early, late].map(|at| call(&w, user, at, 10));
    for entry in &mut entries {
        entry.agent_id = Some(agent);
        entry.run_id = run;
    }
    record(&w, &entries).await;
    let after = late + jiff::SignedDuration::from_micros(1);
    for (from, calls) in [(early, 2), (late, 1), (after, 0)] {
        let of_user = w.usage().user_total_since(user, from).await.unwrap();
        let of_agent = w.usage().agent_total_since(agent, from).await.unwrap();
        assert_eq!(
            (of_user.calls, of_user.cost_micro_usd.0),
            (calls, calls * 10)
        );
        assert_eq!(of_user, of_agent);
    }
    let of_run = w.usage().run_total(run).await.unwrap();
    assert_eq!((of_run.calls, of_run.tokens.cache_write), (2, 8));
    // Recorded again it counts once, in every sum.
    record(&w, &entries).await;
    let totals = w.usage().agent_totals(&[w.id(), agent]).await.unwrap();
    let of_agent = totals.iter().find(|(id, _)| *id == agent).unwrap().1;
    assert_eq!(of_agent, of_run);
    assert!(
        totals
            .iter()
            .all(|(id, used)| *id == agent || used.calls == 0)
    );
}

pub(crate) async fn days_follow_the_time_zone(w: World) {
    let user = w.id();
    // Midnight in Seoul is 15:00 UTC of the day before.
    let entries = [
        ("2026-05-05T14:59:59.999999Z", 1),
        ("2026-05-05T15:00:00Z", 10),
        ("2026-05-06T14:59:59Z", 100),
        ("2025-12-31T23:59:59Z", 1_000),
        ("2027-01-01T00:00:00Z", 10_000),
    ]
    .map(|(time, cost)| call(&w, user, at(time), cost));
    record(&w, &entries).await;
    assert_eq!(
        days(&w, user, "Asia/Seoul").await,
        [day("2026-05-05", 1, 1), day("2026-05-06", 2, 110)]
    );
    assert_eq!(
        days(&w, user, "UTC").await,
        [day("2026-05-05", 2, 11), day("2026-05-06", 1, 100)]
    );
}

pub(crate) async fn the_day_with_25_hours_is_one_day(w: World) {
    let user = w.id();
    // New York leaves daylight saving on 2026-11-01: that day is [04:00Z, 05:00Z of the next day).
    let entries = [
        ("2026-11-01T03:59:59Z", 1),
        ("2026-11-01T04:00:00Z", 10),
        ("2026-11-01T05:30:00Z", 100),
        ("2026-11-01T06:30:00Z", 1_000),
        ("2026-11-02T04:59:59Z", 10_000),
        ("2026-11-02T05:00:00Z", 100_000),
    ]
    .map(|(time, cost)| call(&w, user, at(time), cost));
    record(&w, &entries).await;
    assert_eq!(
        days(&w, user, "America/New_York").await,
        [
            day("2026-10-31", 1, 1),
            day("2026-11-01", 4, 11_110),
            day("2026-11-02", 1, 100_000)
        ]
    );
}

pub(crate) async fn the_day_with_23_hours_is_one_day(w: World) {
    let user = w.id();
    // New York enters daylight saving on 2026-03-08: that day is [05:00Z, 04:00Z of the next day).
    let entries = [
        ("2026-03-08T04:59:59Z", 1),
        ("2026-03-08T05:00:00Z", 10),
        ("2026-03-08T07:00:00Z", 100),
        ("2026-03-09T03:59:59Z", 1_000),
        ("2026-03-09T04:00:00Z", 10_000),
    ]
    .map(|(time, cost)| call(&w, user, at(time), cost));
    record(&w, &entries).await;
    assert_eq!(
        days(&w, user, "America/New_York").await,
        [
            day("2026-03-07", 1, 1),
            day("2026-03-08", 3, 1_110),
            day("2026-03-09", 1, 10_000)
        ]
    );
}

pub(crate) async fn groups_come_dearest_first(w: World) {
    let (user, agent) = (w.id(), w.id());
    let now = at("2026-06-01T00:00:00Z");
    let entries = [
        ("b", None, 5),
        ("a", None, 5),
        ("c", Some(agent), 40),
        ("c", Some(agent), 2),
    ]
    .map(|(model, agent_id, cost)| UsageEntry {
        model: model.to_owned(),
        agent_id,
        ..call(&w, user, now, cost)
    });
    record(&w, &entries).await;
    let groups = async |by| -> Vec<(UsageGroup, u64)> {
        let rows = summary(&w, user, by, "UTC").await;
        rows.into_iter()
            .map(|row| (row.group, row.totals.cost_micro_usd.0))
            .collect()
    };
    let model = |name: &str| UsageGroup::Model(name.to_owned());
    assert_eq!(
        groups(UsageBy::Model).await,
        [(model("c"), 42), (model("a"), 5), (model("b"), 5)]
    );
    assert_eq!(
        groups(UsageBy::Agent).await,
        [
            (UsageGroup::Agent(Some(agent)), 42),
            (UsageGroup::Agent(None), 10)
        ]
    );
    let june = jiff::civil::date(2026, 6, 1);
    let next = now + jiff::SignedDuration::from_hours(24);
    record(&w, &[call(&w, user, next, 3)]).await;
    assert_eq!(
        groups(UsageBy::DayAgent).await,
        [
            (UsageGroup::DayAgent(june, Some(agent)), 42),
            (UsageGroup::DayAgent(june, None), 10),
            (UsageGroup::DayAgent(jiff::civil::date(2026, 6, 2), None), 3)
        ]
    );
}

pub(crate) async fn another_users_calls_are_not_counted(w: World) {
    let (user, other) = (w.id(), w.id());
    let now = at("2026-06-01T00:00:00Z");
    record(&w, &[call(&w, other, now, 9)]).await;
    let total = w.usage().user_total_since(user, now).await.unwrap();
    assert_eq!(total, UsageTotals::default());
    for by in EVERY_WAY {
        assert_eq!(summary(&w, user, by, "UTC").await, []);
    }
}

/// The gateway admits nothing while the ledger cannot answer: an amount that breaks the sum would lock its user out.
pub(crate) async fn absurd_amounts_stay_absurd(w: World) {
    let user = w.id();
    let now = at("2026-06-01T00:00:00Z");
    let absurd = UsageEntry {
        tokens: Tokens {
            input: u64::MAX,
            output: u64::MAX,
            cache_read: u64::MAX,
            cache_write: u64::MAX,
        },
        ..call(&w, user, now, u64::MAX)
    };
    let again = UsageEntry {
        id: w.id(),
        ..absurd.clone()
    };
    record(&w, &[absurd, again, call(&w, user, now, 1)]).await;
    let total = w.usage().user_total_since(user, now).await.unwrap();
    let billion_dollars = MicroUsd(1_000_000_000_000_000);
    assert_eq!(total.calls, 3);
    assert!(total.cost_micro_usd >= billion_dollars, "{total:?}");
    for by in EVERY_WAY {
        let rows = summary(&w, user, by, "UTC").await;
        assert!(rows[0].totals.cost_micro_usd >= billion_dollars, "{rows:?}");
    }
}
