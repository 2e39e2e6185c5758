//! Rows that every request or run asks for and that seldom change, kept in memory until somebody writes to their table. A read is two
//! changes of thread and, after each commit of anybody, its pages from the file again; a run asks for half a dozen of these rows.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ports::StoreResult;

/// Rows that are kept of one kind. With one more they are all forgotten, which costs a read each.
const CAPACITY: usize = 1024;

/// A table whose rows are kept. SQLite tells of changes to tables with row ids only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Credentials,
    Agents,
    AgentVersions,
    Settings,
    Secrets,
    NotificationSettings,
}

impl Table {
    /// In the order of their declaration.
    const ALL: [Self; 6] = [
        Self::Credentials,
        Self::Agents,
        Self::AgentVersions,
        Self::Settings,
        Self::Secrets,
        Self::NotificationSettings,
    ];

    /// As the schema calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Agents => "agents",
            Self::AgentVersions => "agent_versions",
            Self::Settings => "settings",
            Self::Secrets => "secrets",
            Self::NotificationSettings => "notification_settings",
        }
    }
}

/// How often each table has changed since the start.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    /// One of each of [`Table::ALL`].
    changes: [AtomicU64; Table::ALL.len()],
    /// Tables that have changed in the open transaction, a bit each.
    touched: AtomicU8,
}

impl Generations {
    /// A row of the table called `name` has changed in the open transaction.
    pub(crate) fn touch(&self, name: &str) {
        if let Some(table) = Table::ALL.into_iter().find(|table| table.name() == name) {
            self.touched.fetch_or(1 << table as u8, Ordering::Relaxed);
        }
    }

    /// The transaction is over: what was read of the tables that it touched is not true any more. Called before anybody is told.
    pub(crate) fn advance(&self) {
        let touched = self.touched.swap(0, Ordering::Relaxed);
        for (at, changes) in self.changes.iter().enumerate() {
            if touched & (1 << at) != 0 {
                changes.fetch_add(1, Ordering::Release);
            }
        }
    }

    /// Grows with every change of one of the tables.
    fn of(&self, tables: &[Table]) -> u64 {
        let each = tables
            .iter()
            .map(|table| self.changes[*table as usize].load(Ordering::Acquire));
        each.sum()
    }
}

/// Rows of one kind, by key.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    /// Where they come from.
    tables: &'static [Table],
    generations: Arc<Generations>,
    rows: Mutex<HashMap<K, (u64, V)>>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    pub(crate) fn new(tables: &'static [Table], generations: Arc<Generations>) -> Self {
        Self {
            tables,
            generations,
            rows: Mutex::default(),
        }
    }

    /// The row, from memory or from `read`. What is not there is not remembered: another process may be about to make it
    /// (`berth token create`).
    pub(crate) async fn get(
        &self,
        key: K,
        read: impl Future<Output = StoreResult<Option<V>>>,
    ) -> StoreResult<Option<V>> {
        // Before the read: a change that it may or may not have seen makes it count for nothing.
        let generation = self.generations.of(self.tables);
        if let Some((of, row)) = self.lock().get(&key)
            && *of == generation
        {
            return Ok(Some(row.clone()));
        }
        let found = read.await?;
        if let Some(row) = &found {
            let mut rows = self.lock();
            if rows.len() >= CAPACITY {
                rows.clear();
            }
            rows.insert(key, (generation, row.clone()));
        }
        Ok(found)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, (u64, V)>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
