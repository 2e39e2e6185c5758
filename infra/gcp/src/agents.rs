//! Agents and their versions, in Firestore. An agent's document has the content of its current version; earlier ones lie below it. A
//! deleted one stays as a mark: its id is never given again.

use async_trait::async_trait;
use berth_domain::agent::{Agent, AgentSpec, AgentStatus, AgentVersion, VersionNote};
use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::agents::{AgentChange, Agents, ChangedAgent, CreatedAgent, NewAgent};
use berth_domain::schedule::SlotReason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::convert::{at, cursor, json, key, maybe_at, page, parse_cursor};
use crate::db::query::{Query, int, text};
use crate::db::work::Work;
use crate::db::{Done, Path, Record};
use crate::{Store, accounts, schedules};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AgentRecord {
    id: AgentId,
    pub(crate) user_id: UserId,
    number: u32,
    status: AgentStatus,
    version: u32,
    #[serde(with = "json")]
    spec: AgentSpec,
    #[serde(with = "at")]
    created_at: Timestamp,
    #[serde(with = "at")]
    updated_at: Timestamp,
    /// Its schedule, if it has one.
    pub(crate) schedule_id: Option<ScheduleId>,
    #[serde(default, with = "maybe_at")]
    deleted_at: Option<Timestamp>,
    /// Its number while it is not deleted: lists are in this order.
    listed: Option<u32>,
}

impl Record for AgentRecord {
    const COLLECTION: &'static str = "agents";
}

#[derive(Debug, Serialize, Deserialize)]
struct VersionRecord {
    version: u32,
    #[serde(with = "json")]
    spec: AgentSpec,
    #[serde(with = "json")]
    note: VersionNote,
    #[serde(with = "at")]
    created_at: Timestamp,
}

impl Record for VersionRecord {
    const COLLECTION: &'static str = "versions";
}

/// Versions that are removed together.
const TOGETHER: u32 = 300;

pub(crate) fn path(id: AgentId) -> Path<AgentRecord> {
    Path::new(&key(id.0))
}

fn version_path(agent: AgentId, version: u32) -> Path<VersionRecord> {
    Path::within(&path(agent), &version.to_string())
}

impl AgentRecord {
    /// Whether it is this user's and there.
    pub(crate) fn is_of(&self, user: UserId) -> bool {
        self.user_id == user && self.deleted_at.is_none()
    }

    /// The agent, unless it is deleted.
    pub(crate) fn into_domain(self) -> Option<Agent> {
        self.deleted_at.is_none().then_some(Agent {
            id: self.id,
            user_id: self.user_id,
            number: self.number,
            status: self.status,
            version: self.version,
            spec: self.spec,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    /// Its current version, as a document of its own.
    fn put_version(&self, work: &Work, note: VersionNote, now: Timestamp) -> Done<()> {
        let version = VersionRecord {
            version: self.version,
            spec: self.spec.clone(),
            note,
            created_at: now,
        };
        work.put(&version_path(self.id, self.version), &version)
    }
}

impl From<VersionRecord> for AgentVersion {
    fn from(record: VersionRecord) -> Self {
        Self {
            version: record.version,
            spec: record.spec,
            note: record.note,
            created_at: record.created_at,
        }
    }
}

/// A user's agent, within a step.
pub(crate) async fn find(work: &Work, user: UserId, id: AgentId) -> Done<Option<AgentRecord>> {
    let found = work.get(&path(id)).await?;
    Ok(found.filter(|found| found.is_of(user)))
}

fn saved(record: AgentRecord) -> Option<Box<Agent>> {
    record.into_domain().map(Box::new)
}

async fn create(work: &Work, new: &NewAgent) -> Done<CreatedAgent> {
    if let Some(found) = work.get(&path(new.id)).await? {
        let own = Some(found)
            .filter(|found| found.user_id == new.user_id)
            .and_then(saved);
        return Ok(own.map_or(CreatedAgent::IdTaken, CreatedAgent::Saved));
    }
    let mut account = accounts::get(work, new.user_id).await?;
    if account.agents >= new.limit {
        return Ok(CreatedAgent::OverQuota { limit: new.limit });
    }
    account.agents += 1;
    account.agent_number += 1;
    accounts::put(work, new.user_id, &account)?;
    let record = AgentRecord {
        id: new.id,
        user_id: new.user_id,
        number: account.agent_number,
        status: new.status,
        version: 1,
        spec: new.spec.clone(),
        created_at: new.now,
        updated_at: new.now,
        schedule_id: None,
        deleted_at: None,
        listed: Some(account.agent_number),
    };
    work.put(&path(new.id), &record)?;
    record.put_version(work, VersionNote::Created, new.now)?;
    Ok(saved(record).map_or(CreatedAgent::IdTaken, CreatedAgent::Saved))
}

async fn change(
    work: &Work,
    user: UserId,
    id: AgentId,
    change: &AgentChange,
) -> Done<ChangedAgent> {
    let Some(mut current) = find(work, user, id).await? else {
        return Ok(ChangedAgent::Unknown);
    };
    // Before the versions are compared: a change whose answer was lost and that comes again has happened.
    if current.spec != change.spec {
        let version = current.version;
        if change
            .expected_version
            .is_some_and(|made_from| made_from != version)
        {
            return Ok(ChangedAgent::Conflict { version });
        }
        current.version += 1;
        current.spec = change.spec.clone();
        current.updated_at = change.now;
        current.put_version(work, change.note, change.now)?;
        work.put(&path(id), &current)?;
    }
    Ok(saved(current).map_or(ChangedAgent::Unknown, ChangedAgent::Saved))
}

async fn delete(work: &Work, user: UserId, id: AgentId, now: Timestamp) -> Done<bool> {
    let Some(mut agent) = find(work, user, id).await? else {
        return Ok(false);
    };
    if let Some(schedule) = agent.schedule_id.take() {
        schedules::remove(work, schedule, SlotReason::AgentDeleted, now).await?;
    }
    agent.deleted_at = Some(now);
    agent.listed = None;
    work.put(&path(id), &agent)?;
    let mut account = accounts::get(work, user).await?;
    account.agents = account.agents.saturating_sub(1);
    accounts::put(work, user, &account)?;
    // As many versions as are usual go with it; they are not to be found without their agent.
    let versions = Query::within::<VersionRecord, _>(&path(id)).limit(TOGETHER);
    for version in versions.ids(work.db()).await? {
        work.delete(&Path::<VersionRecord>::within(&path(id), &version))?;
    }
    Ok(true)
}

impl Store {
    async fn own_agent(&self, user: UserId, id: AgentId) -> Done<Option<AgentRecord>> {
        let found = self.db.get(&path(id)).await?;
        Ok(found.filter(|found| found.is_of(user)))
    }

    async fn agents_of(&self, user: UserId, request: &PageRequest) -> Done<Page<Agent>> {
        let mut query = Query::of::<AgentRecord>()
            .equal("user_id", text(user.to_string()))
            .down("listed")
            .limit(request.limit() + 1);
        if let Some((number, id)) = parse_cursor(request.cursor.as_deref()) {
            query = query.after(vec![int(number)], &id);
        }
        let found: Vec<AgentRecord> = query.records(&self.db).await?;
        let rows = found.into_iter().filter_map(AgentRecord::into_domain);
        Ok(page(rows.collect(), request.limit(), |last| {
            cursor(last.number.into(), key(last.id.0))
        }))
    }

    async fn versions_of(
        &self,
        user: UserId,
        id: AgentId,
        request: &PageRequest,
    ) -> Done<Page<AgentVersion>> {
        if self.own_agent(user, id).await?.is_none() {
            return Ok(page(Vec::new(), request.limit(), |_: &AgentVersion| {
                String::new()
            }));
        }
        let mut query = Query::within::<VersionRecord, _>(&path(id))
            .down("version")
            .limit(request.limit() + 1);
        if let Some((version, name)) = parse_cursor(request.cursor.as_deref()) {
            query = query.after(vec![int(version)], &name);
        }
        let found: Vec<VersionRecord> = query.records(&self.db).await?;
        let rows = found.into_iter().map(AgentVersion::from).collect();
        Ok(page(rows, request.limit(), |last: &AgentVersion| {
            cursor(last.version.into(), last.version)
        }))
    }

    async fn version_of(
        &self,
        user: UserId,
        id: AgentId,
        version: u32,
    ) -> Done<Option<AgentVersion>> {
        if self.own_agent(user, id).await?.is_none() {
            return Ok(None);
        }
        let found = self.db.get(&version_path(id, version)).await?;
        Ok(found.map(AgentVersion::from))
    }
}

#[async_trait]
impl Agents for Store {
    async fn create_agent(&self, new: &NewAgent) -> StoreResult<CreatedAgent> {
        self.db
            .change(
                "agents.create",
                |work| async move { create(&work, new).await },
            )
            .await
    }

    async fn agent(&self, user: UserId, id: AgentId) -> StoreResult<Option<Agent>> {
        let found = self.own_agent(user, id).await;
        let found = found.map_err(|trouble| trouble.at("agents.get"))?;
        Ok(found.and_then(AgentRecord::into_domain))
    }

    async fn list_agents(&self, user: UserId, page: &PageRequest) -> StoreResult<Page<Agent>> {
        let found = self.agents_of(user, page).await;
        found.map_err(|trouble| trouble.at("agents.list"))
    }

    async fn change_agent(
        &self,
        user: UserId,
        id: AgentId,
        wanted: &AgentChange,
    ) -> StoreResult<ChangedAgent> {
        self.db
            .change("agents.change", |work| async move {
                change(&work, user, id, wanted).await
            })
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
            .change("agents.set_status", |work| async move {
                let Some(mut agent) = find(&work, user, id).await? else {
                    return Ok(None);
                };
                if agent.status != status {
                    agent.status = status;
                    agent.updated_at = now;
                    work.put(&path(id), &agent)?;
                }
                Ok(agent.into_domain())
            })
            .await
    }

    async fn delete_agent(&self, user: UserId, id: AgentId, now: Timestamp) -> StoreResult<bool> {
        self.db
            .change("agents.delete", |work| async move {
                delete(&work, user, id, now).await
            })
            .await
    }

    async fn list_versions(
        &self,
        user: UserId,
        id: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<AgentVersion>> {
        let found = self.versions_of(user, id, page).await;
        found.map_err(|trouble| trouble.at("agents.versions"))
    }

    async fn agent_version(
        &self,
        user: UserId,
        id: AgentId,
        number: u32,
    ) -> StoreResult<Option<AgentVersion>> {
        let found = self.version_of(user, id, number).await;
        found.map_err(|trouble| trouble.at("agents.version"))
    }
}
