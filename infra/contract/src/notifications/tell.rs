//! Telling, reading, and where it goes.

use berth_domain::ids::UserId;
use berth_domain::notification::{Notification, NotificationKind, NotificationSettings};
use berth_domain::page::{Page, PageRequest};
use jiff::SignedDuration;

use super::{deliveries, notification, tell};
use crate::World;
use crate::world::together;

async fn list(w: &World, user: UserId, unread_only: bool) -> Vec<Notification> {
    let page = PageRequest::default();
    let page = w
        .notifications()
        .list_notifications(user, unread_only, &page)
        .await;
    page.unwrap().items
}

async fn unread(w: &World, user: UserId) -> u32 {
    w.notifications().unread_notifications(user).await.unwrap()
}

pub(crate) async fn every_kind_of_notification_comes_back_as_it_was(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let mut expected = Vec::new();
    for kind in NotificationKind::ALL {
        w.pass(1);
        let told = Notification {
            kind: *kind,
            ..notification(&w, user)
        };
        tell(&w, &told, &[]).await;
        expected.insert(0, told);
    }
    w.pass(1);
    let bare = Notification {
        agent_id: None,
        agent_name: None,
        run_id: None,
        reason: None,
        ..notification(&w, user)
    };
    tell(&w, &bare, &[]).await;
    expected.insert(0, bare);
    assert_eq!(list(&w, user, false).await, expected);
    assert!(list(&w, other, false).await.is_empty());
}

pub(crate) async fn telling_twice_tells_once(w: World) {
    let user = w.user().await;
    let first = notification(&w, user);
    let told = together((0..5).map(|number| {
        let notifications = w.notifications();
        let said = Notification {
            detail: number.to_string(),
            ..first.clone()
        };
        async move {
            notifications
                .notify(&said, &deliveries(&said))
                .await
                .unwrap()
        }
    }))
    .await;
    assert_eq!(told.iter().filter(|first| **first).count(), 1);
    assert_eq!(list(&w, user, false).await.len(), 1);
    let page = PageRequest::default();
    let sent = w.notifications().list_deliveries(user, &page).await;
    assert_eq!(sent.unwrap().items.len(), 2);
}

pub(crate) async fn what_was_seen_is_not_unread(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let mut told = Vec::new();
    for _ in 0..4 {
        w.pass(1);
        let next = notification(&w, user);
        tell(&w, &next, &[]).await;
        told.push(next);
    }
    tell(&w, &notification(&w, other), &[]).await;
    assert_eq!(unread(&w, user).await, 4);
    w.pass(1);
    let one = async |user, id| {
        let marked = w.notifications().mark_one_read(user, id, w.now()).await;
        marked.unwrap()
    };
    assert!(!one(other, told[3].id).await);
    assert!(one(user, told[3].id).await);
    assert!(!one(user, w.id()).await);
    let seen_at = w.now();
    w.pass(1);
    assert!(one(user, told[3].id).await);
    let until = async |until| {
        let marked = w.notifications().mark_read(user, until, w.now()).await;
        marked.unwrap()
    };
    assert_eq!(until(told[1].at).await, 2);
    assert_eq!(until(told[1].at).await, 0);
    assert_eq!(unread(&w, user).await, 1);
    let left: Vec<_> = list(&w, user, true).await.iter().map(|n| n.id).collect();
    assert_eq!(left, [told[2].id]);
    let all = list(&w, user, false).await;
    assert_eq!(all[0].read_at, Some(seen_at), "seen once, at first");
    assert_eq!((all[1].read_at, all[2].read_at), (None, Some(w.now())));
    assert_eq!(unread(&w, other).await, 1);
}

pub(crate) async fn pages_hold_every_notification_while_others_are_told(w: World) {
    let user = w.user().await;
    let mut expected = Vec::new();
    for number in 0..7 {
        // Several at one instant.
        w.pass(number % 2);
        let next = notification(&w, user);
        tell(&w, &next, &[]).await;
        expected.push((next.at, next.id));
    }
    for unread_only in [false, true] {
        let mut request = PageRequest {
            cursor: None,
            limit: Some(2),
        };
        let mut seen = Vec::new();
        loop {
            let page = w
                .notifications()
                .list_notifications(user, unread_only, &request)
                .await;
            let Page { items, next } = page.unwrap();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|told| (told.at, told.id)));
            w.pass(1);
            let new = notification(&w, user);
            tell(&w, &new, &[]).await;
            let marked = w.notifications().mark_one_read(user, new.id, w.now()).await;
            assert!(marked.unwrap());
            request.cursor = next;
            if request.cursor.is_none() {
                break;
            }
        }
        let times: Vec<_> = seen.iter().map(|(at, _)| *at).collect();
        assert!(times.is_sorted_by(|later, earlier| later >= earlier));
        let end = expected[6].0 + SignedDuration::from_millis(1);
        seen.retain(|(at, _)| *at < end);
        seen.sort_unstable();
        expected.sort_unstable();
        assert_eq!(seen, expected);
    }
}

pub(crate) async fn settings_are_their_users(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let of = async |user| w.notifications().notification_settings(user).await.unwrap();
    assert_eq!(of(user).await, NotificationSettings::default());
    let both = NotificationSettings {
        email: Some("kim@example.com".to_owned()),
        webhook: Some("https://example.com/'\"; --".to_owned()),
    };
    for settings in [both, NotificationSettings::default()] {
        let put = w
            .notifications()
            .put_notification_settings(user, &settings)
            .await;
        put.unwrap();
        assert_eq!(of(user).await, settings);
        assert_eq!(of(other).await, NotificationSettings::default());
    }
}
