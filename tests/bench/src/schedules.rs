//! Ten thousand schedules that are due in the same minute, against as many rows of one table through the same writer; and
//! a tick that finds nothing to do among a million schedules, against one among ten thousand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use berth_contract::VirtualClock;
use berth_domain::agent::{AgentSpec, AgentStatus, Network, NotifyRules};
use berth_domain::clock::Clock as _;
use berth_domain::ids::UserId;
use berth_domain::ports::agents::{Agents as _, CreatedAgent, NewAgent};
use berth_domain::ports::audit::{AuditEntry, AuditSink as _, Verdict};
use berth_domain::ports::schedules::{PutResult, PutSchedule, Schedules as _};
use berth_domain::schedule::{self, Frequency, ScheduleSpec};
use berth_embedded::{LocalQueue, SecretKey, Store};
use berth_scheduler_hook::{Deps, fire_waiting, plan_due, tick};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use crate::report::Report;
use crate::samples::Samples;
use crate::{Bench, clock};

const SCHEDULES: usize = 10_000;
/// As many agents as a user may have.
const AGENTS_A_USER: usize = 10;
/// Writes under way at the same time, as in a tick.
const AT_ONCE: usize = 128;
const ROUNDS: usize = 5;
const BAR: f64 = 3.0;

const FEW: u32 = 10_000;
const MANY: u32 = 1_000_000;
const TICKS: usize = 300;
/// Ticks of each before anything is counted.
const WARM_UP: usize = 20;
const IDLE_BAR: f64 = 2.0;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let folder = bench.scratch.join("schedules");
    std::fs::create_dir(&folder)?;
    due_at_once(&folder, report).await?;
    idle(&folder, report).await?;
    // Most of a gigabyte that nothing after this needs.
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn open(path: &Path) -> anyhow::Result<Arc<Store>> {
    Ok(Arc::new(Store::open(path, SecretKey::new([1; 32]))?))
}

fn deps(store: &Arc<Store>, clock: &Arc<VirtualClock>) -> Deps {
    Deps {
        schedules: store.clone(),
        agents: store.clone(),
        notifications: store.clone(),
        queue: Arc::new(LocalQueue::default()),
        clock: clock.clone(),
    }
}

/// Every round on copies of the same database file.
async fn due_at_once(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let clock = Arc::new(VirtualClock::default());
    let template = folder.join("template.db");
    fill(&template, &clock).await?;
    clock.advance(SignedDuration::from_hours(1));
    let (mut rows, mut runs) = (Samples::default(), Samples::default());
    let mut claimable = Samples::default();
    let mut wrong = 0;
    for round in 0..ROUNDS {
        let path = copy(&template, &folder.join(format!("rows-{round}.db")))?;
        rows.add(write_rows(&path, clock.now()).await?);
        let path = copy(&template, &folder.join(format!("runs-{round}.db")))?;
        let fired = fire(&path, &clock).await?;
        runs.add(fired.durable);
        claimable.add(fired.claimable);
        wrong += lost_or_doubled(&path)?;
    }
    report.figure(
        "10,000 schedules due in one minute / 10,000 rows",
        runs.median() / rows.median(),
        "ratio",
        BAR,
        ROUNDS,
    );
    report.figure(
        "runs lost or doubled of 10,000 schedules",
        f64::from(wrong),
        "runs",
        0.0,
        ROUNDS,
    );
    report.background(
        "10,000 schedules due in one minute, all runs durable",
        runs.median(),
        "ms",
        ROUNDS,
    );
    report.background(
        "10,000 schedules due in one minute, all runs claimable",
        claimable.median(),
        "ms",
        ROUNDS,
    );
    report.background(
        "10,000 rows, committed in groups",
        rows.median(),
        "ms",
        ROUNDS,
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    std::fs::copy(from, to)?;
    // Written back now, so that no round pays for it.
    std::fs::File::open(to)?.sync_all()?;
    Ok(to.to_owned())
}

/// A database in which every agent has a schedule whose next slot is the next full hour.
async fn fill(path: &Path, clock: &Arc<VirtualClock>) -> anyhow::Result<()> {
    let store = open(path)?;
    let mut owner = UserId(clock.uuid());
    let mut jobs = Vec::new();
    for number in 0..SCHEDULES {
        if number % AGENTS_A_USER == 0 {
            owner = UserId(clock.uuid());
        }
        jobs.push(add(&store, clock, owner, number));
    }
    stream::iter(jobs)
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    drop(store);
    // The last handle has gone, so that the log is folded into the file that is copied; the writer's thread may take a moment.
    let connection = Connection::open(path)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

async fn add(
    store: &Store,
    clock: &VirtualClock,
    owner: UserId,
    number: usize,
) -> anyhow::Result<()> {
    let now = clock.now();
    let new = NewAgent {
        id: clock.uuid().into(),
        user_id: owner,
        spec: agent(number),
        status: AgentStatus::Active,
        limit: u32::MAX,
        now,
    };
    let CreatedAgent::Saved(agent) = store.create_agent(&new).await? else {
        anyhow::bail!("agent {number} was not saved");
    };
    let spec = ScheduleSpec::new(Frequency::Hourly, "Asia/Seoul");
    let plan = spec
        .validate()
        .ok()
        .context("a schedule that is not valid")?;
    let (cursor, next_due_at) = schedule::resume(&plan, &spec, None, now);
    let put = PutSchedule {
        id: clock.uuid().into(),
        user_id: owner,
        agent_id: agent.id,
        spec,
        expected_revision: None,
        slots: Vec::new(),
        cursor,
        next_due_at,
        paused: None,
        now,
    };
    let saved = store.put_schedule(&put).await?;
    ensure!(matches!(saved, PutResult::Saved(_)), "{saved:?}");
    Ok(())
}

fn agent(number: usize) -> AgentSpec {
    AgentSpec {
        name: format!("Weekly market brief {number}"),
        prompt: "Read what was published on our market since the last brief, and write one page on what is new, who did it \
                 and what it means for us. Put the figures into a table."
            .to_owned(),
        model: None,
        time_limit_seconds: 1_800,
        cost_limit_micro_usd: None,
        network: Network::default(),
        done: Vec::new(),
        notify: NotifyRules::default(),
    }
}

/// The floor: as many rows, each a write of its own that shares its commit with those beside it. In milliseconds.
async fn write_rows(path: &Path, now: Timestamp) -> anyhow::Result<f64> {
    let store = open(path)?;
    let entries: Vec<_> = (0..SCHEDULES)
        .map(|number| AuditEntry {
            run_id: uuid::Uuid::from_u128(number as u128).into(),
            user_id: uuid::Uuid::from_u128(number as u128).into(),
            at: now,
            host: "example.com".to_owned(),
            port: 443,
            verdict: Verdict::Allowed,
            reason: "listed".to_owned(),
            bytes_up: 0,
            bytes_down: 0,
        })
        .collect();
    let began = clock::now();
    stream::iter(&entries)
        .map(|entry| store.record(entry))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(clock::ms(began, clock::now()))
}

/// A tick in which everything is due, in milliseconds from its start.
struct Fired {
    /// Until it is committed of every slot that it runs, which nothing can undo.
    durable: f64,
    /// Until the last of them can be claimed.
    claimable: f64,
}

async fn fire(path: &Path, clock: &Arc<VirtualClock>) -> anyhow::Result<Fired> {
    let now = clock.now();
    let deps = deps(&open(path)?, clock);
    let began = clock::now();
    let planned = plan_due(&deps, now).await?;
    let durable = clock::ms(began, clock::now());
    let decided = decided(path)?;
    ensure!(
        usize::try_from(decided)? == SCHEDULES,
        "{decided} slots are decided"
    );
    let again = clock::now();
    let ticked = fire_waiting(&deps, now, planned).await?;
    let claimable = durable + clock::ms(again, clock::now());
    ensure!(
        ticked.ran == SCHEDULES as u64 && ticked.failed == 0,
        "{ticked:?}"
    );
    Ok(Fired { durable, claimable })
}

/// Slots of which another process can read that they run.
fn decided(path: &Path) -> anyhow::Result<u32> {
    let connection = Connection::open(path)?;
    Ok(connection.query_row(
        "SELECT count(*) FROM slots WHERE outcome = 'pending' AND agent_version IS NOT NULL",
        [],
        |row| row.get(0),
    )?)
}

/// Schedules that have not exactly one run in exactly one slot that says so.
fn lost_or_doubled(path: &Path) -> anyhow::Result<u32> {
    let connection = Connection::open(path)?;
    Ok(connection.query_row(
        "SELECT count(*) FROM schedules s
         WHERE 1 <> (SELECT count(*) FROM executions e WHERE e.agent_id = s.agent_id AND e.schedule_id = s.id)
            OR 1 <> (SELECT count(*) FROM slots l WHERE l.schedule_id = s.id)
            OR NOT EXISTS (SELECT 1 FROM slots l JOIN executions e ON e.id = l.run_id
                           WHERE l.schedule_id = s.id AND l.outcome = 'ran')",
        [],
        |row| row.get(0),
    )?)
}

/// Ticks in turns over two databases in which nothing is due.
async fn idle(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let clock = Arc::new(VirtualClock::default());
    let few = with_idle(&folder.join("few.db"), FEW, &clock).await?;
    let many = with_idle(&folder.join("many.db"), MANY, &clock).await?;
    let (mut of_few, mut of_many) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP + TICKS {
        if round == WARM_UP {
            (of_few, of_many) = (Samples::default(), Samples::default());
        }
        of_few.add(idle_tick(&few).await?);
        of_many.add(idle_tick(&many).await?);
    }
    report.figure(
        "a tick with 1,000,000 idle schedules / with 10,000",
        of_many.median() / of_few.median(),
        "ratio",
        IDLE_BAR,
        TICKS,
    );
    for (name, samples) in [
        ("a tick with 1,000,000 idle schedules, p50", &of_many),
        ("a tick with 10,000 idle schedules, p50", &of_few),
    ] {
        report.background(name, samples.median(), "ms", TICKS);
    }
    Ok(())
}

/// A database with so many schedules that are due in the days after the clock's.
async fn with_idle(path: &Path, count: u32, clock: &Arc<VirtualClock>) -> anyhow::Result<Deps> {
    let store = open(path)?;
    add(&store, clock, UserId(clock.uuid()), 0).await?;
    let connection = Connection::open(path)?;
    // Schedules without agents: a tick looks at an agent only when its schedule is due.
    connection.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -262144",
    )?;
    connection.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
         INSERT INTO schedules (id, agent_id, user_id, spec, cursor, next_due_at, paused, failures, revision, created_at,
             updated_at)
         SELECT printf('00000000-0000-7000-8000-%012x', n), printf('00000000-0000-7000-9000-%012x', n),
             printf('00000000-0000-7000-a000-%012x', n / 10), s.spec, s.cursor, s.next_due_at + n % 86400 * 1000000, NULL, 0, 0,
             s.created_at, s.updated_at
         FROM numbers, (SELECT * FROM schedules LIMIT 1) s",
        [count - 1],
    )?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(deps(&store, clock))
}

async fn idle_tick(deps: &Deps) -> anyhow::Result<f64> {
    let now = deps.clock.now();
    let began = clock::now();
    let ticked = tick(deps, now).await?;
    let took = clock::ms(began, clock::now());
    ensure!(ticked.planned == 0 && ticked.ran == 0, "{ticked:?}");
    Ok(took)
}
