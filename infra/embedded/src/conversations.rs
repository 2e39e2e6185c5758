//! Conversations and messages, in SQLite.

use async_trait::async_trait;
use berth_domain::conversation::{Conversation, Message, Origin};
use berth_domain::event::Role;
use berth_domain::ids::{ConversationId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::conversations::Conversations;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::convert::{count, cursor, maybe_parsed, micros, parse_cursor, parsed, timestamp, word};

const COLUMNS: &str =
    "id, user_id, agent_id, title, created_at, updated_at, last_seq, session, origin,
    (SELECT e.id FROM executions e WHERE e.conversation_id = conversations.id
        AND e.state IN ('queued', 'running') ORDER BY e.position LIMIT 1)";

fn conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: parsed(row, 0)?,
        user_id: parsed(row, 1)?,
        agent_id: maybe_parsed(row, 2)?,
        title: row.get(3)?,
        created_at: timestamp(row, 4)?,
        updated_at: timestamp(row, 5)?,
        last_seq: count(row, 6)?,
        session: row.get(7)?,
        origin: word(row, 8, Origin::parse)?,
        active_run_id: maybe_parsed(row, 9)?,
    })
}

fn role(text: &str) -> Option<Role> {
    match text {
        "user" => Some(Role::User),
        "assistant" => Some(Role::Assistant),
        _ => None,
    }
}

/// The word of a role in the store.
pub(crate) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: parsed(row, 0)?,
        conversation_id: parsed(row, 1)?,
        role: word(row, 2, role)?,
        content: row.get(3)?,
        run_id: parsed(row, 4)?,
        created_at: timestamp(row, 5)?,
    })
}

/// Stores a conversation's row.
pub(crate) fn insert(db: &Connection, conversation: &Conversation) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO conversations (id, user_id, agent_id, title, created_at, updated_at, last_seq, session, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        conversation.id.to_string(),
        conversation.user_id.to_string(),
        conversation.agent_id.map(|id| id.to_string()),
        conversation.title,
        micros(conversation.created_at),
        micros(conversation.updated_at),
        i64::try_from(conversation.last_seq).unwrap_or(i64::MAX),
        conversation.session,
        conversation.origin.as_str(),
    ])?;
    Ok(())
}

/// Cuts the row that was read beyond the limit and says where the next page begins.
pub(crate) fn page<T>(
    mut items: Vec<T>,
    limit: u32,
    cursor_of: impl FnOnce(&T) -> String,
) -> Page<T> {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor_of);
    Page { items, next }
}

fn list(
    db: &Connection,
    user: UserId,
    query: Option<&str>,
    request: &PageRequest,
) -> rusqlite::Result<Page<Conversation>> {
    let (changed, id) =
        parse_cursor(request.cursor.as_deref()).unwrap_or((i64::MAX, "\u{10FFFF}".to_owned()));
    let wanted = query.map(str::to_lowercase);
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM conversations
         WHERE user_id = ?1 AND origin = 'chat' AND (updated_at, id) < (?2, ?3) ORDER BY updated_at DESC, id DESC"
    ))?;
    // Compared here and not in SQL, because SQLite knows upper and lower case of ASCII only.
    let rows = statement
        .query_map(params![user.to_string(), changed, id], conversation)?
        .filter(|row| match (row, &wanted) {
            (Ok(found), Some(wanted)) => found.title.to_lowercase().contains(wanted),
            _ => true,
        })
        .take(request.limit() as usize + 1)
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(page(rows, request.limit(), |last| {
        cursor(micros(last.updated_at), last.id)
    }))
}

fn messages(
    db: &Connection,
    user: UserId,
    id: ConversationId,
    request: &PageRequest,
) -> rusqlite::Result<Page<Message>> {
    let after = parse_cursor(request.cursor.as_deref()).map_or(0, |(seq, _)| seq);
    let rows = db
        .prepare_cached(
            "SELECT m.id, m.conversation_id, m.role, m.content, m.run_id, m.created_at, m.seq
             FROM messages m JOIN conversations c ON c.id = m.conversation_id
             WHERE m.conversation_id = ?1 AND c.user_id = ?2 AND m.seq > ?3
             ORDER BY m.seq LIMIT ?4",
        )?
        .query_map(
            params![id.to_string(), user.to_string(), after, request.limit() + 1],
            |row| Ok((row.get::<_, i64>(6)?, message(row)?)),
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let page = page(rows, request.limit(), |(seq, message)| {
        cursor(*seq, message.id)
    });
    Ok(Page {
        items: page.items.into_iter().map(|(_, message)| message).collect(),
        next: page.next,
    })
}

#[async_trait]
impl Conversations for Store {
    async fn create_conversation(&self, conversation: &Conversation) -> StoreResult<()> {
        let conversation = conversation.clone();
        self.db
            .write("conversations.create", move |db| insert(db, &conversation))
            .await
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<Conversation>> {
        self.db
            .read("conversations.get", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM conversations WHERE id = ?1 AND user_id = ?2"
                ))?
                .query_row(params![id.to_string(), user.to_string()], conversation)
                .optional()
            })
            .await
    }

    async fn list_conversations(
        &self,
        user: UserId,
        query: Option<&str>,
        page: &PageRequest,
    ) -> StoreResult<Page<Conversation>> {
        let (query, request) = (query.map(str::to_owned), page.clone());
        self.db
            .read("conversations.list", move |db| {
                list(db, user, query.as_deref(), &request)
            })
            .await
    }

    async fn newest_conversation(&self, user: UserId) -> StoreResult<Option<ConversationId>> {
        self.db
            .read("conversations.newest", move |db| {
                db.prepare_cached(
                    "SELECT id FROM conversations WHERE user_id = ?1 AND origin = 'chat'
                     ORDER BY updated_at DESC, id DESC LIMIT 1",
                )?
                .query_row([user.to_string()], |row| parsed(row, 0))
                .optional()
            })
            .await
    }

    async fn rename_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        title: &str,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let title = title.to_owned();
        self.db
            .write("conversations.rename", move |db| {
                let changed = db
                    .prepare_cached(
                        "UPDATE conversations SET title = ?3, updated_at = ?4
                         WHERE id = ?1 AND user_id = ?2 AND origin = 'chat'",
                    )?
                    .execute(params![
                        id.to_string(),
                        user.to_string(),
                        title,
                        micros(now)
                    ])?;
                Ok(changed > 0)
            })
            .await
    }

    async fn delete_conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<bool>> {
        self.db
            .write("conversations.delete", move |db| {
                let (id, user) = (id.to_string(), user.to_string());
                let busy: Option<bool> = db
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM executions e WHERE e.conversation_id = c.id
                             AND e.state IN ('queued', 'running'))
                         FROM conversations c WHERE c.id = ?1 AND c.user_id = ?2 AND c.origin = 'chat'",
                    )?
                    .query_row(params![id, user], |row| row.get(0))
                    .optional()?;
                match busy {
                    None => Ok(None),
                    Some(true) => Ok(Some(false)),
                    Some(false) => {
                        db.prepare_cached("DELETE FROM conversations WHERE id = ?1")?
                            .execute([id])?;
                        Ok(Some(true))
                    }
                }
            })
            .await
    }

    async fn list_messages(
        &self,
        user: UserId,
        id: ConversationId,
        page: &PageRequest,
    ) -> StoreResult<Page<Message>> {
        let request = page.clone();
        self.db
            .read("messages.list", move |db| messages(db, user, id, &request))
            .await
    }
}
