//! Conversations and messages, in Firestore.

mod delete;
pub(crate) mod messages;

use async_trait::async_trait;
use berth_domain::conversation::{Conversation, Message, Origin, title_of};
use berth_domain::ids::{AgentId, ConversationId, RunId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::conversations::Conversations;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::{at, cursor, key, micros, page, parse_cursor};
use crate::db::query::{Query, int, text};
use crate::db::{Db, Done, Path, Record, Trouble};
use crate::events::Log;
use crate::runs::row::RunRecord;

/// A conversation with the head of its log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConversationRecord {
    pub(crate) id: ConversationId,
    pub(crate) user_id: UserId,
    origin: String,
    agent_id: Option<AgentId>,
    pub(crate) title: String,
    #[serde(with = "at")]
    created_at: Timestamp,
    #[serde(with = "at")]
    pub(crate) updated_at: Timestamp,
    #[serde(default)]
    pub(crate) log: Log,
}

impl Record for ConversationRecord {
    const COLLECTION: &'static str = "conversations";
}

/// What lists of conversations read: everything but the events in the head.
const LISTED: &[&str] = &[
    "id",
    "user_id",
    "origin",
    "agent_id",
    "title",
    "created_at",
    "updated_at",
    "log.last",
    "log.active",
    "log.session",
];

pub(crate) fn path(id: ConversationId) -> Path<ConversationRecord> {
    Path::new(&key(id.0))
}

impl ConversationRecord {
    pub(crate) fn new(conversation: &Conversation) -> Self {
        Self {
            id: conversation.id,
            user_id: conversation.user_id,
            origin: conversation.origin.as_str().to_owned(),
            agent_id: conversation.agent_id,
            title: conversation.title.clone(),
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
            log: Log {
                last: conversation.last_seq,
                session: conversation.session.clone(),
                ..Log::default()
            },
        }
    }

    pub(crate) fn origin(&self) -> Done<Origin> {
        Origin::parse(&self.origin)
            .ok_or_else(|| Trouble::broken(format!("unknown origin {:?}", self.origin)))
    }

    /// Whether it is this user's and a person's.
    fn is_chat_of(&self, user: UserId) -> bool {
        self.user_id == user && self.origin == Origin::Chat.as_str()
    }

    fn into_domain(self) -> Done<Conversation> {
        Ok(Conversation {
            origin: self.origin()?,
            id: self.id,
            user_id: self.user_id,
            agent_id: self.agent_id,
            title: self.title,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_seq: self.log.last,
            active_run_id: self.log.active.first().copied(),
            session: self.log.session,
        })
    }
}

/// The conversation that a slot's run is.
fn of_run(run: RunRecord) -> Option<Conversation> {
    let log = run.log?;
    let content = run.agent.map(|agent| agent.spec.prompt).unwrap_or_default();
    Some(Conversation {
        id: run.conversation_id,
        user_id: run.user_id,
        origin: Origin::Run,
        agent_id: run.agent_id,
        title: title_of(&content),
        created_at: run.queued_at,
        updated_at: run.updated_at,
        last_seq: log.last,
        active_run_id: log.active.first().copied(),
        session: log.session,
    })
}

/// A run that is a conversation of its own has the conversation's id.
pub(crate) async fn run_of(db: &Db, id: ConversationId) -> Done<Option<RunRecord>> {
    db.get(&Path::new(&key(RunId(id.0).0))).await
}

async fn find(db: &Db, user: UserId, id: ConversationId) -> Done<Option<Conversation>> {
    let found = match db.get(&path(id)).await? {
        Some(record) => Some(record.into_domain()?),
        None => run_of(db, id).await?.and_then(of_run),
    };
    Ok(found.filter(|found| found.user_id == user))
}

fn chats(user: UserId) -> Query {
    Query::of::<ConversationRecord>()
        .equal("user_id", text(user.to_string()))
        .equal("origin", text(Origin::Chat.as_str()))
        .down("updated_at")
}

async fn list(
    db: &Db,
    user: UserId,
    query: Option<&str>,
    request: &PageRequest,
) -> Done<Page<Conversation>> {
    let wanted = query.map(str::to_lowercase);
    let enough = request.limit() as usize + 1;
    let mut rows: Vec<ConversationRecord> = Vec::new();
    let mut from = parse_cursor(request.cursor.as_deref());
    // Firestore cannot look into texts: titles are compared here, and more is read until the page is full.
    loop {
        let limit = request.limit() + 1;
        let mut asked = chats(user).fields(LISTED).limit(limit);
        if let Some((changed, id)) = &from {
            asked = asked.after(vec![int(*changed)], id);
        }
        let found: Vec<ConversationRecord> = asked.records(db).await?;
        let read = found.len();
        from = found
            .last()
            .map(|last| (micros(last.updated_at), key(last.id.0)));
        rows.extend(found.into_iter().filter(|row| match &wanted {
            Some(wanted) => row.title.to_lowercase().contains(wanted),
            None => true,
        }));
        if read < limit as usize || rows.len() >= enough {
            break;
        }
    }
    let rows = page(rows, request.limit(), |last| {
        cursor(micros(last.updated_at), key(last.id.0))
    });
    let items = rows.items.into_iter();
    Ok(Page {
        items: items
            .map(ConversationRecord::into_domain)
            .collect::<Done<_>>()?,
        next: rows.next,
    })
}

#[async_trait]
impl Conversations for Store {
    async fn create_conversation(&self, conversation: &Conversation) -> StoreResult<()> {
        let record = ConversationRecord::new(conversation);
        self.db
            .change("conversations.create", |work| {
                let put = work.put(&path(record.id), &record);
                async move { put }
            })
            .await
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<Conversation>> {
        find(&self.db, user, id)
            .await
            .map_err(|trouble| trouble.at("conversations.get"))
    }

    async fn list_conversations(
        &self,
        user: UserId,
        query: Option<&str>,
        page: &PageRequest,
    ) -> StoreResult<Page<Conversation>> {
        list(&self.db, user, query, page)
            .await
            .map_err(|trouble| trouble.at("conversations.list"))
    }

    async fn newest_conversation(&self, user: UserId) -> StoreResult<Option<ConversationId>> {
        let newest = chats(user).fields(LISTED).limit(1);
        let found: Vec<ConversationRecord> = newest
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("conversations.newest"))?;
        Ok(found.first().map(|found| found.id))
    }

    async fn rename_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        title: &str,
        now: Timestamp,
    ) -> StoreResult<bool> {
        self.db
            .change("conversations.rename", |work| async move {
                let found = work.get(&path(id)).await?;
                let Some(mut record) = found.filter(|found| found.is_chat_of(user)) else {
                    return Ok(false);
                };
                title.clone_into(&mut record.title);
                record.updated_at = now;
                work.put(&path(id), &record)?;
                Ok(true)
            })
            .await
    }

    async fn delete_conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<bool>> {
        delete::delete(&self.db, user, id).await
    }

    async fn list_messages(
        &self,
        user: UserId,
        id: ConversationId,
        page: &PageRequest,
    ) -> StoreResult<Page<Message>> {
        messages::list(&self.db, user, id, page)
            .await
            .map_err(|trouble| trouble.at("messages.list"))
    }
}
