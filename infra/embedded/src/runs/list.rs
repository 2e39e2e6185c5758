//! The list of runs and its filters.

use berth_domain::ids::UserId;
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::runs::RunFilter;
use berth_domain::run::Run;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::row::{COLUMNS, position_and_run};
use crate::conversations::page;
use crate::convert::{cursor, micros, parse_cursor};

pub(super) fn list(
    db: &Connection,
    user: UserId,
    filter: &RunFilter,
    request: &PageRequest,
) -> rusqlite::Result<Page<Run>> {
    let before = parse_cursor(request.cursor.as_deref()).map_or(i64::MAX, |(at, _)| at);
    let mut wanted = Conditions::default();
    // The plus keeps SQLite from reading all of a user's runs for those of one agent or conversation.
    let narrow = filter.agent_id.is_some() || filter.conversation_id.is_some();
    let owner = if narrow {
        "+user_id = ?"
    } else {
        "user_id = ?"
    };
    wanted.add(owner, user.to_string());
    wanted.add("position < ?", before);
    wanted.filter(filter);
    wanted.values.push(Value::from(request.limit() + 1));
    let rows = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, position FROM executions WHERE {} ORDER BY position DESC LIMIT ?",
            wanted.terms.join(" AND ")
        ))?
        .query_map(params_from_iter(wanted.values), position_and_run)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let page = page(rows, request.limit(), |(position, run)| {
        cursor(*position, run.id)
    });
    Ok(Page {
        items: page.items.into_iter().map(|(_, run)| run).collect(),
        next: page.next,
    })
}

/// Terms of a WHERE clause with their values; no value is ever part of a term.
#[derive(Default)]
struct Conditions {
    terms: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, term: &str, value: impl Into<Value>) {
        self.terms.push(term.to_owned());
        self.values.push(value.into());
    }

    fn any(&mut self, column: &str, words: impl ExactSizeIterator<Item = &'static str>) {
        if words.len() > 0 {
            let marks = vec!["?"; words.len()].join(", ");
            self.terms.push(format!("{column} IN ({marks})"));
            self.values
                .extend(words.map(|word| Value::from(word.to_owned())));
        }
    }

    fn filter(&mut self, filter: &RunFilter) {
        if let Some(agent) = filter.agent_id {
            self.add("agent_id = ?", agent.to_string());
        }
        if let Some(conversation) = filter.conversation_id {
            self.add("conversation_id = ?", conversation.to_string());
        }
        match filter.of_agents {
            Some(true) => self.terms.push("agent_name IS NOT NULL".to_owned()),
            Some(false) => self.terms.push("agent_name IS NULL".to_owned()),
            None => {}
        }
        self.any("state", filter.states.iter().map(|state| state.as_str()));
        self.any(
            "trigger",
            filter.triggers.iter().map(|trigger| trigger.as_str()),
        );
        if let Some(reason) = filter.reason {
            self.add("reason = ?", reason.as_str().to_owned());
        }
        if let Some(proved) = filter.proved {
            self.add("proved = ?", i64::from(proved));
        }
        if let Some(from) = filter.from {
            self.add("queued_at >= ?", micros(from));
        }
        if let Some(to) = filter.to {
            self.add("queued_at < ?", micros(to));
        }
        if let Some(from) = filter.finished_from {
            self.add("finished_at >= ?", micros(from));
        }
    }
}
