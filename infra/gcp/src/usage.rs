//! The ledger of model calls, in Firestore.
//!
//! The calls of one run are the lines of one document. Recording one is one write, and a month's total reads a document a run and not
//! one a call: it is asked for whenever a run begins.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use berth_domain::ids::{AgentId, RunId, UserId};
use berth_domain::ports::StoreError;
use berth_domain::ports::usage::{
    LedgerError, UsageBy, UsageGroup, UsageLedger, UsageQuery, UsageRow,
};
use berth_domain::usage::{UsageEntry, UsageTotals};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::{at, key_of, micros};
use crate::db::query::{Query, text};
use crate::db::work::Work;
use crate::db::{Db, Done, Path, Record, Trouble};

/// Bytes of lines in one document; a few thousand calls.
const FULL: usize = 512 * 1024;

/// Calls of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct UsageRecord {
    run_id: RunId,
    user_id: UserId,
    agent_id: Option<AgentId>,
    /// When the newest call was admitted.
    #[serde(with = "at")]
    last_at: Timestamp,
    /// One a line.
    calls: String,
}

impl Record for UsageRecord {
    const COLLECTION: &'static str = "usage";
}

/// A run's document; `number` counts those that are full.
fn path(entry: &UsageEntry, number: u32) -> Path<UsageRecord> {
    let agent = entry.agent_id.map(|id| id.to_string());
    Path::new(&key_of(&[
        &entry.run_id.to_string(),
        &entry.user_id.to_string(),
        agent.as_deref().unwrap_or_default(),
        &number.to_string(),
    ]))
}

fn entries(record: &UsageRecord) -> Done<Vec<UsageEntry>> {
    record
        .calls
        .lines()
        .map(|line| serde_json::from_str(line).map_err(Trouble::broken))
        .collect()
}

async fn add(work: &Work, entry: &UsageEntry) -> Done<()> {
    let mut line = serde_json::to_string(entry).map_err(Trouble::broken)?;
    line.push('\n');
    let mut number = 0;
    loop {
        let path = path(entry, number);
        let found = work.get(&path).await?;
        if let Some(found) = &found {
            if entries(found)?.iter().any(|known| known.id == entry.id) {
                return Ok(());
            }
            if found.calls.len() + line.len() > FULL {
                number += 1;
                continue;
            }
        }
        let mut record = found.unwrap_or_else(|| UsageRecord {
            run_id: entry.run_id,
            user_id: entry.user_id,
            agent_id: entry.agent_id,
            last_at: entry.at,
            calls: String::new(),
        });
        record.calls.push_str(&line);
        record.last_at = record.last_at.max(entry.at);
        return work.put(&path, &record);
    }
}

/// The calls that a query finds, in no particular order.
async fn calls(db: &Db, query: Query) -> Done<Vec<UsageEntry>> {
    let found: Vec<UsageRecord> = query.records(db).await?;
    let mut calls = Vec::new();
    for record in &found {
        calls.extend(entries(record)?);
    }
    Ok(calls)
}

async fn since(db: &Db, field: &'static str, id: String, from: Timestamp) -> Done<Vec<UsageEntry>> {
    let query = Query::of::<UsageRecord>()
        .equal(field, text(id))
        .at_least("last_at", micros(from))
        .up("last_at");
    let mut calls = calls(db, query).await?;
    calls.retain(|call| call.at >= from);
    Ok(calls)
}

fn total(calls: &[UsageEntry]) -> UsageTotals {
    let mut total = UsageTotals::default();
    for call in calls {
        total.add(call.tokens, call.cost_micro_usd);
    }
    total
}

fn grouped<K: Ord>(
    calls: &[UsageEntry],
    group: impl Fn(&UsageEntry) -> K,
) -> Vec<(K, UsageTotals)> {
    let mut groups = BTreeMap::<K, UsageTotals>::new();
    for call in calls {
        let totals = groups.entry(group(call)).or_default();
        totals.add(call.tokens, call.cost_micro_usd);
    }
    groups.into_iter().collect()
}

fn rows<K>(groups: Vec<(K, UsageTotals)>, group: impl Fn(K) -> UsageGroup) -> Vec<UsageRow> {
    let row = |(key, totals)| UsageRow {
        group: group(key),
        totals,
    };
    groups.into_iter().map(row).collect()
}

fn summary(calls: &[UsageEntry], query: &UsageQuery) -> Vec<UsageRow> {
    let day = |call: &UsageEntry| call.at.to_zoned(query.time_zone.clone()).date();
    let dearest = |totals: &UsageTotals| Reverse(totals.cost_micro_usd);
    match query.by {
        UsageBy::Day => rows(grouped(calls, day), UsageGroup::Day),
        UsageBy::DayAgent => {
            let mut groups = grouped(calls, |call| (day(call), call.agent_id));
            groups.sort_by_key(|((day, agent), totals)| (*day, dearest(totals), *agent));
            rows(groups, |(day, agent)| UsageGroup::DayAgent(day, agent))
        }
        UsageBy::Agent => {
            let mut groups = grouped(calls, |call| call.agent_id);
            groups.sort_by_key(|(agent, totals)| (dearest(totals), *agent));
            rows(groups, UsageGroup::Agent)
        }
        UsageBy::Model => {
            let mut groups = grouped(calls, |call| call.model.clone());
            groups.sort_by(|(a, left), (b, right)| (dearest(left), a).cmp(&(dearest(right), b)));
            rows(groups, UsageGroup::Model)
        }
    }
}

fn ledger_error(operation: &'static str) -> impl Fn(StoreError) -> LedgerError {
    move |error| LedgerError {
        operation,
        source: Box::new(error),
    }
}

fn unread(operation: &'static str) -> impl Fn(Trouble) -> LedgerError {
    move |trouble| ledger_error(operation)(trouble.at(operation))
}

#[async_trait]
impl UsageLedger for Store {
    async fn record(&self, entry: &UsageEntry) -> Result<(), LedgerError> {
        self.db
            .change(
                "usage.record",
                |work| async move { add(&work, entry).await },
            )
            .await
            .map_err(ledger_error("record"))
    }

    async fn run_total(&self, run: RunId) -> Result<UsageTotals, LedgerError> {
        let query = Query::of::<UsageRecord>().equal("run_id", text(run.to_string()));
        let calls = calls(&self.db, query).await.map_err(unread("run_total"))?;
        Ok(total(&calls))
    }

    async fn user_total_since(
        &self,
        user: UserId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError> {
        let calls = since(&self.db, "user_id", user.to_string(), from).await;
        Ok(total(&calls.map_err(unread("user_total"))?))
    }

    async fn agent_total_since(
        &self,
        agent: AgentId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError> {
        let calls = since(&self.db, "agent_id", agent.to_string(), from).await;
        Ok(total(&calls.map_err(unread("agent_total"))?))
    }

    async fn summary(&self, query: &UsageQuery) -> Result<Vec<UsageRow>, LedgerError> {
        let calls = since(&self.db, "user_id", query.user.to_string(), query.from).await;
        let mut calls = calls.map_err(unread("summary"))?;
        calls.retain(|call| call.at < query.to);
        Ok(summary(&calls, query))
    }
}
