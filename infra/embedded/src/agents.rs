//! Agents and their versions, in SQLite. An agent's content is that of its current version; nothing is stored twice.

use async_trait::async_trait;
use berth_domain::agent::{Agent, AgentStatus, AgentVersion, VersionNote};
use berth_domain::ids::{AgentId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::agents::{AgentChange, Agents, ChangedAgent, CreatedAgent, NewAgent};
use berth_domain::schedule::SlotReason;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::conversations::page;
use crate::convert::{cursor, json, micros, parse_cursor, parsed, timestamp, to_json, word};
use crate::db::Tx;
use crate::schedules;

/// Columns in the order in which [`agent`] reads them, of the agents that are not deleted.
const SELECT: &str =
    "SELECT a.id, a.user_id, a.number, a.status, a.version, v.spec, a.created_at, a.updated_at
    FROM agents a JOIN agent_versions v ON v.agent_id = a.id AND v.version = a.version
    WHERE a.deleted_at IS NULL";

fn agent(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        id: parsed(row, 0)?,
        user_id: parsed(row, 1)?,
        number: row.get(2)?,
        status: word(row, 3, AgentStatus::parse)?,
        version: row.get(4)?,
        spec: json(row, 5)?,
        created_at: timestamp(row, 6)?,
        updated_at: timestamp(row, 7)?,
    })
}

fn find(db: &Connection, user: UserId, id: AgentId) -> rusqlite::Result<Option<Agent>> {
    db.prepare_cached(&format!("{SELECT} AND a.id = ?1 AND a.user_id = ?2"))?
        .query_row([id.to_string(), user.to_string()], agent)
        .optional()
}

fn create(db: &Connection, new: &NewAgent) -> rusqlite::Result<CreatedAgent> {
    let (id, user) = (new.id.to_string(), new.user_id.to_string());
    if let Some(saved) = find(db, new.user_id, new.id)? {
        return Ok(CreatedAgent::Saved(Box::new(saved)));
    }
    let (taken, live, number): (bool, u32, u32) = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM agents WHERE id = ?2), count(*) FILTER (WHERE deleted_at IS NULL),
                 coalesce(max(number), 0) + 1
             FROM agents WHERE user_id = ?1",
        )?
        .query_row([&user, &id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if taken {
        return Ok(CreatedAgent::IdTaken);
    }
    if live >= new.limit {
        return Ok(CreatedAgent::OverQuota { limit: new.limit });
    }
    db.prepare_cached(
        "INSERT INTO agents (id, user_id, number, status, version, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)",
    )?
    .execute(params![
        id,
        user,
        number,
        new.status.as_str(),
        micros(new.now)
    ])?;
    let first = AgentVersion {
        version: 1,
        spec: new.spec.clone(),
        note: VersionNote::Created,
        created_at: new.now,
    };
    add_version(db, new.id, &first)?;
    saved(db, new.user_id, new.id).map(CreatedAgent::Saved)
}

/// The agent as it is stored, after a write that left it there.
fn saved(db: &Connection, user: UserId, id: AgentId) -> rusqlite::Result<Box<Agent>> {
    find(db, user, id)?
        .map(Box::new)
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn add_version(db: &Connection, id: AgentId, version: &AgentVersion) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO agent_versions (agent_id, version, spec, note, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        id.to_string(),
        version.version,
        to_json(&version.spec)?,
        to_json(&version.note)?,
        micros(version.created_at),
    ])?;
    Ok(())
}

fn change(
    db: &Connection,
    user: UserId,
    id: AgentId,
    change: &AgentChange,
) -> rusqlite::Result<ChangedAgent> {
    let Some(current) = find(db, user, id)? else {
        return Ok(ChangedAgent::Unknown);
    };
    // Before the versions are compared: a change whose answer was lost and that comes again has happened.
    if current.spec == change.spec {
        return Ok(ChangedAgent::Saved(Box::new(current)));
    }
    let version = current.version;
    if change
        .expected_version
        .is_some_and(|made_from| made_from != version)
    {
        return Ok(ChangedAgent::Conflict { version });
    }
    let next = AgentVersion {
        version: version + 1,
        spec: change.spec.clone(),
        note: change.note,
        created_at: change.now,
    };
    add_version(db, id, &next)?;
    db.prepare_cached("UPDATE agents SET version = ?2, updated_at = ?3 WHERE id = ?1")?
        .execute(params![id.to_string(), next.version, micros(change.now)])?;
    saved(db, user, id).map(ChangedAgent::Saved)
}

fn delete(db: &Tx<'_>, user: UserId, id: AgentId, now: Timestamp) -> rusqlite::Result<bool> {
    schedules::fire::decided(db, user, id, now)?;
    let deleted = db
        .prepare_cached(
            "UPDATE agents SET deleted_at = ?3 WHERE id = ?1 AND user_id = ?2 AND deleted_at IS NULL",
        )?
        .execute(params![id.to_string(), user.to_string(), micros(now)])?;
    if deleted == 0 {
        return Ok(false);
    }
    schedules::remove(db, id, SlotReason::AgentDeleted, now)?;
    db.prepare_cached("DELETE FROM agent_versions WHERE agent_id = ?1")?
        .execute([id.to_string()])?;
    Ok(true)
}

fn list(db: &Connection, user: UserId, request: &PageRequest) -> rusqlite::Result<Page<Agent>> {
    // Numbers are given in order and never again, so they are the order of creation.
    let before = parse_cursor(request.cursor.as_deref()).map_or(i64::MAX, |(number, _)| number);
    let rows = db
        .prepare_cached(&format!(
            "{SELECT} AND a.user_id = ?1 AND a.number < ?2 ORDER BY a.number DESC LIMIT ?3"
        ))?
        .query_map(
            params![user.to_string(), before, request.limit() + 1],
            agent,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(page(rows, request.limit(), |last| {
        cursor(last.number.into(), last.id)
    }))
}

/// Columns in the order in which [`version`] reads them, of an agent (`?1`) of this user (`?2`).
const VERSIONS: &str = "SELECT v.version, v.spec, v.note, v.created_at
    FROM agents a JOIN agent_versions v ON v.agent_id = a.id WHERE a.id = ?1 AND a.user_id = ?2";

fn version(row: &Row<'_>) -> rusqlite::Result<AgentVersion> {
    Ok(AgentVersion {
        version: row.get(0)?,
        spec: json(row, 1)?,
        note: json(row, 2)?,
        created_at: timestamp(row, 3)?,
    })
}

fn versions(
    db: &Connection,
    user: UserId,
    id: AgentId,
    request: &PageRequest,
) -> rusqlite::Result<Page<AgentVersion>> {
    let before = parse_cursor(request.cursor.as_deref()).map_or(i64::MAX, |(version, _)| version);
    let rows = db
        .prepare_cached(&format!(
            "{VERSIONS} AND v.version < ?3 ORDER BY v.version DESC LIMIT ?4"
        ))?
        .query_map(
            params![
                id.to_string(),
                user.to_string(),
                before,
                request.limit() + 1
            ],
            version,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(page(rows, request.limit(), |last| {
        cursor(last.version.into(), id)
    }))
}

#[async_trait]
impl Agents for Store {
    async fn create_agent(&self, new: &NewAgent) -> StoreResult<CreatedAgent> {
        let new = new.clone();
        self.db
            .write("agents.create", move |db| create(db, &new))
            .await
    }

    async fn agent(&self, user: UserId, id: AgentId) -> StoreResult<Option<Agent>> {
        let read = self.db.read("agents.get", move |db| find(db, user, id));
        self.kept.agents.get((user, id), read).await
    }

    async fn list_agents(&self, user: UserId, page: &PageRequest) -> StoreResult<Page<Agent>> {
        let request = page.clone();
        self.db
            .read("agents.list", move |db| list(db, user, &request))
            .await
    }

    async fn change_agent(
        &self,
        user: UserId,
        id: AgentId,
        wanted: &AgentChange,
    ) -> StoreResult<ChangedAgent> {
        let wanted = wanted.clone();
        self.db
            .write("agents.change", move |db| change(db, user, id, &wanted))
            .await
    }

    async fn set_agent_status(
        &self,
        user: UserId,
        id: AgentId,
        status: AgentStatus,
        now: Timestamp,
    ) -> StoreResult<Option<Agent>> {
        self.db
            .write("agents.set_status", move |db| {
                db.prepare_cached(
                    "UPDATE agents SET status = ?3, updated_at = ?4
                     WHERE id = ?1 AND user_id = ?2 AND status <> ?3 AND deleted_at IS NULL",
                )?
                .execute(params![
                    id.to_string(),
                    user.to_string(),
                    status.as_str(),
                    micros(now)
                ])?;
                find(db, user, id)
            })
            .await
    }

    async fn delete_agent(&self, user: UserId, id: AgentId, now: Timestamp) -> StoreResult<bool> {
        self.db
            .write("agents.delete", move |db| delete(db, user, id, now))
            .await
    }

    async fn list_versions(
        &self,
        user: UserId,
        id: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<AgentVersion>> {
        let request = page.clone();
        self.db
            .read("agents.versions", move |db| {
                versions(db, user, id, &request)
            })
            .await
    }

    async fn agent_version(
        &self,
        user: UserId,
        id: AgentId,
        number: u32,
    ) -> StoreResult<Option<AgentVersion>> {
        self.db
            .read("agents.version", move |db| {
                db.prepare_cached(&format!("{VERSIONS} AND v.version = ?3"))?
                    .query_row(params![id.to_string(), user.to_string(), number], version)
                    .optional()
            })
            .await
    }
}
