//! Deliveries and their attempts.

use berth_domain::ids::UserId;
use berth_domain::notification::{Delivery, DeliveryState, Notification};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::notifications::Attempted;
use jiff::{SignedDuration, Timestamp};

use super::{deliveries, notification, tell};
use crate::World;

/// Deliveries of this user that are due, of all that are.
async fn due(w: &World, user: UserId, now: Timestamp) -> Vec<(Delivery, Notification)> {
    let due = w.notifications().due_deliveries(now, 100_000).await;
    let due = due.unwrap().into_iter();
    due.filter(|(delivery, _)| delivery.user_id == user)
        .collect()
}

fn attempt(w: &World, delivery: &Delivery, again: Option<Timestamp>, outcome: &str) -> Attempted {
    let state = match again {
        Some(_) => DeliveryState::Pending,
        None => DeliveryState::GaveUp,
    };
    Attempted {
        id: delivery.id,
        attempts: delivery.attempts + 1,
        state,
        next_attempt_at: again,
        outcome: outcome.to_owned(),
        now: w.now(),
    }
}

async fn record(w: &World, attempted: &Attempted) {
    let recorded = w.notifications().record_attempt(attempted).await;
    recorded.unwrap();
}

pub(crate) async fn deliveries_are_due_until_they_are_over(w: World) {
    let user = w.user().await;
    let told = notification(&w, user);
    let [mail, hook] = deliveries(&told);
    let mail = Delivery {
        next_attempt_at: Some(told.at - SignedDuration::from_secs(1)),
        ..mail
    };
    tell(&w, &told, &[hook.clone(), mail.clone()]).await;
    let both = [(mail.clone(), told.clone()), (hook.clone(), told.clone())];
    assert_eq!(due(&w, user, w.now()).await, both);
    assert_eq!(
        due(&w, user, told.at - SignedDuration::from_millis(1)).await,
        both[..1]
    );

    w.pass(5);
    let again = w.now() + SignedDuration::from_secs(10);
    let failed = attempt(&w, &hook, Some(again), "connection refused '\"");
    record(&w, &failed).await;
    let delivered = Attempted {
        state: DeliveryState::Delivered,
        ..attempt(&w, &mail, None, "250 OK")
    };
    record(&w, &delivered).await;
    assert!(due(&w, user, w.now()).await.is_empty());
    let tried = Delivery {
        attempts: 1,
        next_attempt_at: Some(again),
        last_outcome: Some(failed.outcome.clone()),
        updated_at: w.now(),
        ..hook
    };
    assert_eq!(due(&w, user, again).await, [(tried.clone(), told.clone())]);

    // Recorded a second time, by whoever did not hear the answer: too late.
    w.clock.advance(SignedDuration::from_secs(10));
    let given_up = attempt(&w, &tried, None, "HTTP 500");
    record(&w, &given_up).await;
    for late in [&failed, &given_up] {
        let late = Attempted {
            outcome: "late".to_owned(),
            ..late.clone()
        };
        record(&w, &late).await;
    }
    assert!(
        due(&w, user, again + SignedDuration::from_hours(24))
            .await
            .is_empty()
    );
    let page = PageRequest::default();
    let log = w.notifications().list_deliveries(user, &page).await;
    let mut log = log.unwrap().items;
    log.sort_by_key(|delivery| delivery.attempts);
    assert_eq!(
        (log[0].state, log[0].attempts),
        (DeliveryState::Delivered, 1)
    );
    assert_eq!((log[1].state, log[1].attempts), (DeliveryState::GaveUp, 2));
    assert_eq!(log[1].last_outcome.as_deref(), Some("HTTP 500"));
    assert_eq!(log[1].next_attempt_at, None);
}

pub(crate) async fn the_next_delivery_is_the_soonest(w: World) {
    let user = w.user().await;
    // Sooner than those of any other case, for the store may be shared.
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    let told = notification(&w, user);
    let [mail, hook] = deliveries(&told);
    let mail = Delivery {
        next_attempt_at: Some(at(7)),
        ..mail
    };
    let hook = Delivery {
        next_attempt_at: Some(at(5)),
        ..hook
    };
    tell(&w, &told, &[mail.clone(), hook.clone()]).await;
    let next = async || w.notifications().next_delivery().await.unwrap();
    assert_eq!(next().await, Some(at(5)));
    record(&w, &attempt(&w, &hook, Some(at(9)), "HTTP 500")).await;
    assert_eq!(next().await, Some(at(7)));
    record(&w, &attempt(&w, &mail, None, "550 no such user")).await;
    assert_eq!(next().await, Some(at(9)));
    let one = w.notifications().due_deliveries(w.now(), 1).await;
    assert_eq!(one.unwrap().len(), 1);
}

pub(crate) async fn deliveries_are_listed_newest_first(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let mut expected = Vec::new();
    for _ in 0..3 {
        w.pass(1);
        let told = notification(&w, user);
        let both = deliveries(&told);
        tell(&w, &told, &both).await;
        expected.extend(both);
    }
    let foreign = notification(&w, other);
    tell(&w, &foreign, &deliveries(&foreign)).await;
    let mut request = PageRequest {
        cursor: None,
        limit: Some(4),
    };
    let mut seen = Vec::new();
    loop {
        let page = w.notifications().list_deliveries(user, &request).await;
        let Page { items, next } = page.unwrap();
        assert!(items.len() <= 4);
        seen.extend(items);
        request.cursor = next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|later, earlier| later.created_at >= earlier.created_at));
    seen.sort_by_key(|delivery| delivery.id);
    expected.sort_by_key(|delivery| delivery.id);
    assert_eq!(seen, expected);
}
