//! Cases of the port `conversations`.

use std::collections::HashSet;

use berth_domain::conversation::{Conversation, Message, Origin};
use berth_domain::event::Role;
use berth_domain::ids::{ConversationId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::runs::{Fenced, Submission};
use berth_domain::run::{Outcome, Reason, RunState};

use crate::World;
use crate::world::text;

fn empty(w: &World, user: UserId, title: &str) -> Conversation {
    Conversation {
        id: w.id(),
        user_id: user,
        origin: Origin::Chat,
        agent_id: Some(w.id()),
        title: title.to_owned(),
        created_at: w.now(),
        updated_at: w.now(),
        last_seq: 0,
        active_run_id: None,
        session: None,
    }
}

/// Stores an empty conversation, a second after the last.
async fn create(w: &World, user: UserId, title: &str) -> ConversationId {
    w.pass(1);
    let conversation = empty(w, user, title);
    let stored = w.conversations().create_conversation(&conversation).await;
    stored.unwrap();
    conversation.id
}

fn request(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest {
        cursor,
        limit: Some(limit),
    }
}

async fn list(w: &World, user: UserId, query: Option<&str>) -> Vec<ConversationId> {
    let page = w
        .conversations()
        .list_conversations(user, query, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.next, None);
    page.items.iter().map(|item| item.id).collect()
}

pub(crate) async fn a_conversation_is_its_owners(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let conversation = empty(&w, user, "제목");
    let id = conversation.id;
    let stored = w.conversations().create_conversation(&conversation).await;
    stored.unwrap();
    let found = async |who| w.conversations().conversation(who, id).await.unwrap();
    assert_eq!(found(user).await, Some(conversation));
    assert_eq!(found(other).await, None);
    assert!(list(&w, other, None).await.is_empty());
    let newest = async |who| w.conversations().newest_conversation(who).await.unwrap();
    assert_eq!(newest(user).await, Some(id));
    assert_eq!(newest(other).await, None);
    assert_eq!(
        w.conversations()
            .delete_conversation(other, id)
            .await
            .unwrap(),
        None
    );
    assert!(found(user).await.is_some());
}

pub(crate) async fn the_newest_change_comes_first(w: World) {
    let user = w.user().await;
    let a = create(&w, user, "a").await;
    let b = create(&w, user, "b").await;
    let c = create(&w, user, "c").await;
    assert_eq!(list(&w, user, None).await, [c, b, a]);
    w.pass(1);
    let run = w.submit_to(user, a).await;
    assert_eq!(list(&w, user, None).await, [a, c, b]);
    let newest = w.conversations().newest_conversation(user).await;
    assert_eq!(newest.unwrap(), Some(a));
    let found = w
        .conversations()
        .conversation(user, a)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.last_seq, found.active_run_id), (2, Some(run)));
    assert_eq!((found.title.as_str(), found.updated_at), ("a", w.now()));
}

pub(crate) async fn a_title_is_searched_without_case(w: World) {
    let user = w.user().await;
    let sales = create(&w, user, "Sales 매출 2026").await;
    let overview = create(&w, user, "ÜBERSICHT 100%").await;
    assert_eq!(list(&w, user, Some("sALES")).await, [sales]);
    assert_eq!(list(&w, user, Some("매출")).await, [sales]);
    assert_eq!(list(&w, user, Some("übersicht")).await, [overview]);
    assert_eq!(list(&w, user, Some("%")).await, [overview]);
    assert_eq!(list(&w, user, Some("_")).await, []);
    assert_eq!(list(&w, user, Some("")).await, [overview, sales]);
}

pub(crate) async fn pages_hold_every_conversation_while_others_are_added(w: World) {
    let user = w.user().await;
    let mut expected = Vec::new();
    for number in 0..7 {
        expected.insert(0, create(&w, user, &number.to_string()).await);
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let Page { items, next } = w
            .conversations()
            .list_conversations(user, None, &request(2, cursor))
            .await
            .unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item.id));
        create(&w, user, "added meanwhile").await;
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

pub(crate) async fn messages_come_oldest_first_page_by_page(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (mut run, conversation) = w.submit(user).await;
    let mut expected = vec![Role::User];
    for _ in 0..2 {
        let epoch = w.claim(run, &w.runner()).await.lease.epoch;
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
        let answer = Some((w.id(), "# 답".to_owned()));
        let done = w
            .runs()
            .finish(run, epoch, &text("답"), &outcome, answer, w.now())
            .await;
        assert!(matches!(done.unwrap(), Fenced::Done(_)));
        run = w.submit_to(user, conversation).await;
        expected.extend([Role::Assistant, Role::User]);
    }
    let (mut seen, mut cursor): (Vec<Message>, _) = (Vec::new(), None);
    loop {
        let page = w
            .conversations()
            .list_messages(user, conversation, &request(2, cursor))
            .await
            .unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let roles: Vec<Role> = seen.iter().map(|message| message.role).collect();
    assert_eq!(roles, expected);
    let ids: HashSet<_> = seen.iter().map(|message| message.id).collect();
    assert_eq!(ids.len(), seen.len());
    assert_eq!(seen[1].content, "# 답");
    assert_eq!(seen[1].run_id, seen[0].run_id);
    let theirs = w
        .conversations()
        .list_messages(other, conversation, &PageRequest::default())
        .await;
    assert!(theirs.unwrap().items.is_empty());
}

pub(crate) async fn a_busy_conversation_is_not_deleted(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let delete = async || {
        let deleted = w
            .conversations()
            .delete_conversation(user, conversation)
            .await;
        deleted.unwrap()
    };
    assert_eq!(delete().await, Some(false), "queued");
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    assert_eq!(delete().await, Some(false), "running");
    assert_eq!(w.log(conversation).await.len(), 3);
    w.finish(run, epoch).await;
    assert_eq!(delete().await, Some(true));
    assert_eq!(delete().await, None);
}

pub(crate) async fn deleting_takes_everything_along(w: World) {
    let user = w.user().await;
    let submission = w.submission(user);
    let (run, conversation) = w.accept(&submission).await;
    w.complete(run).await;
    let (kept, beside) = w.submit(user).await;
    let deleted = w
        .conversations()
        .delete_conversation(user, conversation)
        .await;
    assert_eq!(deleted.unwrap(), Some(true));
    assert!(w.log(conversation).await.is_empty());
    assert_eq!(w.runs().run(user, run).await.unwrap(), None);
    assert_eq!(list(&w, user, None).await, [beside]);
    let messages = w
        .conversations()
        .list_messages(user, conversation, &PageRequest::default())
        .await;
    assert!(messages.unwrap().items.is_empty());
    assert!(w.runs().run(user, kept).await.unwrap().is_some());
    let again = Submission {
        conversation_id: Some(conversation),
        ..w.submission(user)
    };
    assert_eq!(
        w.runs().submit(&again).await.unwrap(),
        berth_domain::ports::runs::Submitted::NoConversation
    );
}

pub(crate) async fn renaming_is_the_owners(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let id = create(&w, user, "old").await;
    let rename = async |who, title| {
        let renamed = w
            .conversations()
            .rename_conversation(who, id, title, w.now())
            .await;
        renamed.unwrap()
    };
    w.pass(1);
    assert!(!rename(other, "theirs").await);
    assert!(rename(user, "새 제목").await);
    let found = w.conversations().conversation(user, id).await.unwrap();
    assert_eq!(found.unwrap().title, "새 제목");
}
