//! Much of everything: one run and one turn are made by the server, and the rows of the database copied from them.

use std::path::Path;

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::api::Api;
use crate::server::Server;
use crate::socket::Socket;
use crate::workspaces;

pub(super) const AGENTS: usize = 300;
const RUNS: i64 = 100_000;
/// Turns of the conversation, of two messages each.
pub(super) const TURNS: usize = 1_000;

/// What the copies are made from.
#[derive(Debug)]
pub(super) struct Seed {
    pub(super) conversation: String,
    run: String,
}

/// Of the agent with this number, from the oldest on.
pub(super) fn name(agent: usize) -> String {
    format!("Market brief no. {agent}")
}

/// What the user says in a turn.
pub(super) fn said(turn: usize) -> String {
    format!("What is new in question no. {turn}?")
}

/// The agents, one run of the first, and the first turn of the conversation.
pub(super) async fn first(server: &Server, token: &str) -> anyhow::Result<Seed> {
    workspaces::wake(server, token).await?;
    let api = Api::new(&server.address, token);
    api.post("/api/user/onboarding", &json!({})).await?;
    let made: Vec<_> = stream::iter(0..AGENTS)
        .map(|number| api.clone().agent(number))
        .buffered(4)
        .try_collect()
        .await?;
    let agent = made.first().context("no agents")?;
    let path = format!("/api/agents/{agent}/runs");
    let accepted = api.post(&path, &json!({})).await?;
    let mut socket = Socket::open(&server.address, token).await?;
    let log = text(&accepted, "conversation_id")?;
    socket.until_finished(&log).await?;
    socket.say(&said(0)).await?;
    let conversation = socket.conversation().context("no conversation")?.to_owned();
    Ok(Seed {
        conversation,
        run: text(&accepted, "run_id")?,
    })
}

impl Api {
    async fn agent(self, number: usize) -> anyhow::Result<String> {
        let agent = json!({
            "name": name(number),
            "prompt": "Read what was published on our market since the last brief, and write one page on what is new.",
            "schedule": {"frequency": "weekly", "weekdays": ["mon"], "time": "08:00", "time_zone": "Asia/Seoul"},
        });
        text(&self.post("/api/agents", &agent).await?, "id")
    }
}

fn text(body: &serde_json::Value, field: &str) -> anyhow::Result<String> {
    let text = body[field].as_str();
    Ok(text
        .with_context(|| format!("{field} is missing in {body}"))?
        .to_owned())
}

/// Copies what [`first`] made, while no server is there.
pub(super) fn multiply(database: &Path, seed: &Seed) -> anyhow::Result<()> {
    let mut connection = Connection::open(database)?;
    let transaction = connection.transaction()?;
    runs(&transaction, &seed.run)?;
    turns(&transaction, &seed.conversation)?;
    transaction.commit()?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// A run every five minutes, which is most of a year, of all agents in turns, with its log and what it used.
fn runs(db: &Connection, run: &str) -> anyhow::Result<()> {
    db.execute_batch(
        "CREATE TEMP TABLE numbered AS SELECT a.id, a.number - 1 AS number, v.spec ->> '$.name' AS name
             FROM agents a JOIN agent_versions v ON v.agent_id = a.id AND v.version = a.version",
    )?;
    let copied = db.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2),
             copies AS (SELECT n, printf('00000000-0000-7000-8000-%012x', n) AS copy, (?2 - n) * 300000000 AS ago FROM numbers)
         INSERT INTO executions (id, user_id, conversation_id, agent_id, message_id, trigger, state, reason, queued_at,
             started_at, finished_at, result, usage, attempt, epoch, agent, agent_name, agent_version, settled)
         SELECT copy, user_id, conversation_id, a.id, message_id, trigger, state, reason, queued_at - ago,
             started_at - ago, finished_at - ago, result, usage, attempt, epoch, agent, a.name, agent_version, 1
         FROM copies JOIN executions e ON e.id = ?1 JOIN numbered a ON a.number = (?2 - n) % 300
         ORDER BY n",
        params![run, RUNS],
    )?;
    ensure!(
        copied == usize::try_from(RUNS)?,
        "{copied} runs were copied"
    );
    db.execute(
        "INSERT INTO usage (id, run_id, user_id, agent_id, conversation_id, model, input, output, cache_read, cache_write,
             cost_micro_usd, at)
         SELECT id, id, user_id, agent_id, conversation_id, 'claude-opus-5-5', 1200, 400, 0, 0, 21000, finished_at
         FROM executions WHERE agent IS NOT NULL",
        [],
    )?;
    Ok(())
}

/// The conversation's first turn again and again.
fn turns(db: &Connection, conversation: &str) -> anyhow::Result<()> {
    let length: i64 = db.query_row(
        "SELECT last_seq FROM conversations WHERE id = ?1",
        [conversation],
        |row| row.get(0),
    )?;
    let mut run = db.prepare(
        "INSERT INTO executions (id, user_id, conversation_id, message_id, trigger, state, reason, queued_at, started_at,
             finished_at, result, usage, attempt, epoch)
         SELECT ?2, user_id, conversation_id, ?3, trigger, state, reason, queued_at, started_at, finished_at, result, usage,
             attempt, epoch
         FROM executions WHERE conversation_id = ?1 ORDER BY position LIMIT 1",
    )?;
    let mut event = db.prepare(
        "INSERT INTO events (conversation_id, seq, run_id, at, body)
         SELECT conversation_id, seq + ?4, ?2, at, CASE WHEN body ->> '$.kind' = 'message' AND body ->> '$.role' = 'user'
             THEN json_set(body, '$.id', ?3, '$.content', ?5) ELSE body END
         FROM events WHERE conversation_id = ?1 AND seq <= ?6",
    )?;
    let mut message = db.prepare(
        "INSERT INTO messages (id, conversation_id, run_id, seq, role, content, created_at)
         SELECT CASE role WHEN 'user' THEN ?3 ELSE ?2 END, conversation_id, ?2, seq + ?4, role,
             CASE role WHEN 'user' THEN ?5 ELSE content END, created_at
         FROM messages WHERE conversation_id = ?1 AND seq <= ?6",
    )?;
    for turn in 1..TURNS {
        let run_id = format!("00000000-0000-7000-9000-{turn:012x}");
        let message_id = format!("00000000-0000-7000-a000-{turn:012x}");
        let before = length * i64::try_from(turn)?;
        run.execute(params![conversation, run_id, message_id])?;
        event.execute(params![
            conversation,
            run_id,
            message_id,
            before,
            said(turn),
            length
        ])?;
        message.execute(params![
            conversation,
            run_id,
            message_id,
            before,
            said(turn),
            length
        ])?;
    }
    db.execute(
        "UPDATE conversations SET last_seq = ?2 WHERE id = ?1",
        params![conversation, length * i64::try_from(TURNS)?],
    )?;
    let messages: i64 = db.query_row(
        "SELECT count(*) FROM messages WHERE conversation_id = ?1",
        [conversation],
        |row| row.get(0),
    )?;
    ensure!(
        messages == 2 * i64::try_from(TURNS)?,
        "the conversation has {messages} messages"
    );
    Ok(())
}
