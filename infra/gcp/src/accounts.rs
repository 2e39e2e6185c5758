//! What holds a user's limits: a document that every change counted against a limit writes, so that of two such changes at the same
//! time one is made again on what the other has left.

use berth_domain::ids::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::convert::{key, micros};
use crate::db::work::Work;
use crate::db::{Done, Path, Record};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    /// The rank of the newest run.
    rank: i64,
    /// Agents that are not deleted.
    pub(crate) agents: u32,
    /// The number of the newest agent; numbers are given in order and never again.
    pub(crate) agent_number: u32,
}

impl Record for AccountRecord {
    const COLLECTION: &'static str = "accounts";
}

pub(crate) fn path(user: UserId) -> Path<AccountRecord> {
    Path::new(&key(user.0))
}

/// The account, to be changed and [`put`] again.
pub(crate) async fn get(work: &Work, user: UserId) -> Done<AccountRecord> {
    Ok(work.get(&path(user)).await?.unwrap_or_default())
}

pub(crate) fn put(work: &Work, user: UserId, account: &AccountRecord) -> Done<()> {
    work.put(&path(user), account)
}

impl AccountRecord {
    /// A new run's place in the order of its user's runs: the time, but later than any before.
    pub(crate) fn next_rank(&mut self, now: Timestamp) -> i64 {
        self.rank = micros(now).max(self.rank + 1);
        self.rank
    }
}
