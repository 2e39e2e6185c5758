//! The ledger of model calls, in SQLite.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use berth_domain::ids::{AgentId, RunId, UserId};
use berth_domain::ports::StoreError;
use berth_domain::ports::usage::{
    LedgerError, UsageBy, UsageGroup, UsageLedger, UsageQuery, UsageRow,
};
use berth_domain::usage::{MicroUsd, Tokens, UsageEntry, UsageTotals};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use crate::Store;
use crate::convert::{count, maybe_parsed, micros, stored, timestamp};

const SUMS: &str =
    "coalesce(sum(input), 0), coalesce(sum(output), 0), coalesce(sum(cache_read), 0),
    coalesce(sum(cache_write), 0), coalesce(sum(cost_micro_usd), 0), count(*)";

fn tokens(row: &Row<'_>, first: usize) -> rusqlite::Result<Tokens> {
    Ok(Tokens {
        input: count(row, first)?,
        output: count(row, first + 1)?,
        cache_read: count(row, first + 2)?,
        cache_write: count(row, first + 3)?,
    })
}

fn totals(row: &Row<'_>, first: usize) -> rusqlite::Result<UsageTotals> {
    Ok(UsageTotals {
        tokens: tokens(row, first)?,
        cost_micro_usd: MicroUsd(count(row, first + 4)?),
        calls: count(row, first + 5)?,
    })
}

fn sum(
    db: &Connection,
    condition: &'static str,
    values: &[&dyn ToSql],
) -> rusqlite::Result<UsageTotals> {
    db.prepare_cached(&format!("SELECT {SUMS} FROM usage WHERE {condition}"))?
        .query_row(values, |row| totals(row, 0))
}

/// The most that one call can count, of tokens or of millionths of a dollar. SQLite's `sum` fails where it passes `i64`, and
/// a ledger that fails admits no more calls: an absurd amount is kept absurd, but so that nine thousand can be summed.
const MOST: u64 = 1_000_000_000_000_000;

fn amount(count: u64) -> i64 {
    stored(count.min(MOST))
}

fn insert(db: &Connection, entry: &UsageEntry) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO usage (id, run_id, user_id, agent_id, conversation_id, model, input, output, cache_read,
             cache_write, cost_micro_usd, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![
        entry.id.to_string(),
        entry.run_id.to_string(),
        entry.user_id.to_string(),
        entry.agent_id.map(|id| id.to_string()),
        entry.conversation_id.map(|id| id.to_string()),
        entry.model,
        amount(entry.tokens.input),
        amount(entry.tokens.output),
        amount(entry.tokens.cache_read),
        amount(entry.tokens.cache_write),
        amount(entry.cost_micro_usd.0),
        micros(entry.at),
    ])?;
    Ok(())
}

fn grouped(
    db: &Connection,
    query: &UsageQuery,
    column: &'static str,
    group: impl Fn(&Row<'_>) -> rusqlite::Result<UsageGroup>,
) -> rusqlite::Result<Vec<UsageRow>> {
    db.prepare_cached(&format!(
        "SELECT {column}, {SUMS} FROM usage WHERE user_id = ?1 AND at >= ?2 AND at < ?3
         GROUP BY {column} ORDER BY sum(cost_micro_usd) DESC, {column}"
    ))?
    .query_map(
        params![query.user.to_string(), micros(query.from), micros(query.to)],
        |row| {
            Ok(UsageRow {
                group: group(row)?,
                totals: totals(row, 1)?,
            })
        },
    )?
    .collect()
}

/// Days depend on the time zone, daylight saving included, so they are cut here and not in SQL. `within` tells the rows of one
/// day apart.
fn by_day<K: Ord>(
    db: &Connection,
    query: &UsageQuery,
    within: impl Fn(&Row<'_>) -> rusqlite::Result<K>,
) -> rusqlite::Result<BTreeMap<(Date, K), UsageTotals>> {
    let mut days = BTreeMap::<_, UsageTotals>::new();
    let mut statement = db.prepare_cached(
        "SELECT at, input, output, cache_read, cache_write, cost_micro_usd, agent_id FROM usage
         WHERE user_id = ?1 AND at >= ?2 AND at < ?3",
    )?;
    let mut rows = statement.query(params![
        query.user.to_string(),
        micros(query.from),
        micros(query.to)
    ])?;
    while let Some(row) = rows.next()? {
        let day = timestamp(row, 0)?.to_zoned(query.time_zone.clone()).date();
        days.entry((day, within(row)?))
            .or_default()
            .add(tokens(row, 1)?, MicroUsd(count(row, 5)?));
    }
    Ok(days)
}

fn days(db: &Connection, query: &UsageQuery) -> rusqlite::Result<Vec<UsageRow>> {
    let days = by_day(db, query, |_| Ok(()))?;
    let row = |((day, ()), totals)| UsageRow {
        group: UsageGroup::Day(day),
        totals,
    };
    Ok(days.into_iter().map(row).collect())
}

fn days_of_agents(db: &Connection, query: &UsageQuery) -> rusqlite::Result<Vec<UsageRow>> {
    let days = by_day(db, query, |row| maybe_parsed::<AgentId>(row, 6))?;
    let mut days: Vec<_> = days.into_iter().collect();
    days.sort_by_key(|((day, agent), totals)| (*day, Reverse(totals.cost_micro_usd), *agent));
    let row = |((day, agent), totals)| UsageRow {
        group: UsageGroup::DayAgent(day, agent),
        totals,
    };
    Ok(days.into_iter().map(row).collect())
}

fn summary(db: &Connection, query: &UsageQuery) -> rusqlite::Result<Vec<UsageRow>> {
    match query.by {
        UsageBy::Day => days(db, query),
        UsageBy::DayAgent => days_of_agents(db, query),
        UsageBy::Agent => grouped(db, query, "agent_id", |row| {
            Ok(UsageGroup::Agent(maybe_parsed(row, 0)?))
        }),
        UsageBy::Model => grouped(db, query, "model", |row| Ok(UsageGroup::Model(row.get(0)?))),
    }
}

fn agent_totals(
    db: &Connection,
    agents: &[AgentId],
) -> rusqlite::Result<Vec<(AgentId, UsageTotals)>> {
    let mut statement = db.prepare_cached(
        "SELECT input, output, cache_read, cache_write, cost_micro_usd, calls FROM agent_usage WHERE agent_id = ?1",
    )?;
    let mut found = Vec::new();
    for agent in agents {
        let used = statement.query_row([agent.to_string()], |row| totals(row, 0));
        found.extend(used.optional()?.map(|used| (*agent, used)));
    }
    Ok(found)
}

fn ledger_error(operation: &'static str) -> impl FnOnce(StoreError) -> LedgerError {
    move |error| LedgerError {
        operation,
        source: Box::new(error),
    }
}

#[async_trait]
impl UsageLedger for Store {
    async fn record(&self, entry: &UsageEntry) -> Result<(), LedgerError> {
        let entry = entry.clone();
        self.db
            .write("usage.record", move |db| insert(db, &entry))
            .await
            .map_err(ledger_error("record"))
    }

    async fn run_total(&self, run: RunId) -> Result<UsageTotals, LedgerError> {
        self.db
            .read("usage.run_total", move |db| {
                sum(db, "run_id = ?1", &[&run.to_string()])
            })
            .await
            .map_err(ledger_error("run_total"))
    }

    async fn user_total_since(
        &self,
        user: UserId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError> {
        self.db
            .read("usage.user_total", move |db| {
                sum(
                    db,
                    "user_id = ?1 AND at >= ?2",
                    &[&user.to_string(), &micros(from)],
                )
            })
            .await
            .map_err(ledger_error("user_total"))
    }

    async fn agent_total_since(
        &self,
        agent: AgentId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError> {
        self.db
            .read("usage.agent_total", move |db| {
                sum(
                    db,
                    "agent_id = ?1 AND at >= ?2",
                    &[&agent.to_string(), &micros(from)],
                )
            })
            .await
            .map_err(ledger_error("agent_total"))
    }

    async fn agent_totals(
        &self,
        agents: &[AgentId],
    ) -> Result<Vec<(AgentId, UsageTotals)>, LedgerError> {
        let agents = agents.to_vec();
        self.db
            .read("usage.agent_totals", move |db| agent_totals(db, &agents))
            .await
            .map_err(ledger_error("agent_totals"))
    }

    async fn summary(&self, query: &UsageQuery) -> Result<Vec<UsageRow>, LedgerError> {
        let query = query.clone();
        self.db
            .read("usage.summary", move |db| summary(db, &query))
            .await
            .map_err(ledger_error("summary"))
    }
}
