//! Cases of the port `notifications`: what is told, on which ways, and what follows from an ended run.

mod deliver;
mod settle;
mod tell;

pub(crate) use deliver::*;
pub(crate) use settle::*;
pub(crate) use tell::*;

use berth_domain::ids::UserId;
use berth_domain::notification::{
    self, Delivery, Notification, NotificationKind, NotificationSettings,
};
use berth_domain::run::Reason;

use crate::World;

/// A notification in which every field has something.
fn notification(w: &World, user: UserId) -> Notification {
    Notification {
        id: w.id(),
        user_id: user,
        kind: NotificationKind::NeedsYou,
        agent_id: Some(w.id()),
        agent_name: Some("아침 요약".to_owned()),
        run_id: Some(w.id()),
        reason: Some(Reason::NeedsYou),
        detail: "어느 계정을 쓸까요? '\"; --".to_owned(),
        at: w.now(),
        read_at: None,
    }
}

/// Its deliveries by mail and to a webhook, due at once.
fn deliveries(notification: &Notification) -> [Delivery; 2] {
    let settings = NotificationSettings {
        email: Some("kim@example.com".to_owned()),
        webhook: Some("https://example.com/hook?a=1".to_owned()),
    };
    let both = notification::deliveries(notification, &settings);
    both.try_into().expect("two ways are set up")
}

/// Tells it for the first time.
async fn tell(w: &World, notification: &Notification, deliveries: &[Delivery]) {
    let told = w.notifications().notify(notification, deliveries).await;
    assert!(told.unwrap());
}
