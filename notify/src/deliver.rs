//! Sending what is due, and remembering what came of it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use berth_domain::notification::{
    Channel, Delivery, DeliveryState, MAX_ATTEMPTS, Notification, retry_after,
};
use berth_domain::ports::notifications::Attempted;
use futures::{StreamExt as _, stream};
use uuid::Uuid;

use crate::email::Mail;
use crate::webhook::Webhook;
use crate::{Config, Deps, Looked};

/// Deliveries that are read at once.
const BATCH: u32 = 64;
/// Deliveries under way at the same time.
const AT_ONCE: usize = 8;
/// Longest remembered outcome, in characters.
const MAX_OUTCOME: usize = 500;

/// What an attempt came to.
#[derive(Debug)]
pub(crate) enum Sent {
    /// The other side has it; its own words.
    Delivered(String),
    /// It may work later.
    Later(String),
    /// It will not work, however often it is tried.
    Never(String),
}

/// The ways out, made once.
#[derive(Debug)]
pub struct Senders {
    webhook: Webhook,
    /// Attempts that the store has not taken: recorded when it takes them again, and not made a second time.
    unrecorded: Mutex<HashMap<Uuid, Attempted>>,
}

impl Senders {
    /// Senders with these settings.
    pub fn new(config: &Config) -> Self {
        Self {
            webhook: Webhook::new(config.local_webhooks),
            unrecorded: Mutex::default(),
        }
    }

    fn unrecorded(&self) -> MutexGuard<'_, HashMap<Uuid, Attempted>> {
        self.unrecorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries every delivery that is due.
pub async fn deliver(deps: &Deps, config: &Config, senders: &Senders) -> Looked {
    let due = match deps
        .notifications
        .due_deliveries(deps.clock.now(), BATCH)
        .await
    {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(%error, cause = %error.source, "the store does not say what is to be delivered");
            return Looked::InVain;
        }
    };
    let recorded: Vec<_> = stream::iter(due)
        .map(async |(delivery, notification)| {
            one(deps, config, senders, &delivery, &notification).await
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    Looked::at(&recorded, BATCH)
}

/// Says whether what came of it is stored.
async fn one(
    deps: &Deps,
    config: &Config,
    senders: &Senders,
    delivery: &Delivery,
    notification: &Notification,
) -> bool {
    let earlier = senders.unrecorded().get(&delivery.id).cloned();
    let attempted = match earlier {
        Some(attempted) => attempted,
        None => attempt(deps, config, senders, delivery, notification).await,
    };
    if let Err(error) = deps.notifications.record_attempt(&attempted).await {
        tracing::error!(%error, cause = %error.source, delivery.id = %delivery.id, "an attempt could not be recorded");
        senders.unrecorded().insert(delivery.id, attempted);
        return false;
    }
    senders.unrecorded().remove(&delivery.id);
    true
}

async fn attempt(
    deps: &Deps,
    config: &Config,
    senders: &Senders,
    delivery: &Delivery,
    notification: &Notification,
) -> Attempted {
    let sent = match delivery.channel {
        Channel::Email => Mail::new(deps, config).send(delivery, notification).await,
        Channel::Webhook => {
            senders
                .webhook
                .send(deps, config, delivery, notification)
                .await
        }
    };
    let attempted = attempted(delivery, sent, deps.clock.now());
    tracing::info!(
        delivery.id = %delivery.id, channel = delivery.channel.as_str(), state = attempted.state.as_str(),
        attempts = attempted.attempts, "delivery attempted"
    );
    metrics::counter!("deliveries_total", "channel" => delivery.channel.as_str(), "state" => attempted.state.as_str())
        .increment(1);
    attempted
}

/// What is remembered of an attempt.
fn attempted(delivery: &Delivery, sent: Sent, now: jiff::Timestamp) -> Attempted {
    let attempts = delivery.attempts + 1;
    let (state, next, outcome) = match sent {
        Sent::Delivered(words) => (DeliveryState::Delivered, None, words),
        Sent::Never(words) => (DeliveryState::GaveUp, None, words),
        Sent::Later(words) => match retry_after(attempts).filter(|_| attempts < MAX_ATTEMPTS) {
            Some(pause) => (DeliveryState::Pending, now.checked_add(pause).ok(), words),
            None => (DeliveryState::GaveUp, None, words),
        },
    };
    Attempted {
        id: delivery.id,
        attempts,
        state,
        next_attempt_at: next,
        outcome: outcome.chars().take(MAX_OUTCOME).collect(),
        now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(attempts: u32) -> Delivery {
        let at = jiff::Timestamp::UNIX_EPOCH;
        Delivery {
            id: uuid::Uuid::nil(),
            notification_id: uuid::Uuid::nil(),
            user_id: uuid::Uuid::nil().into(),
            channel: Channel::Webhook,
            target: "https://example.com/".to_owned(),
            state: DeliveryState::Pending,
            attempts,
            next_attempt_at: Some(at),
            last_outcome: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn pauses_grow_and_attempts_end() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let mut last = now;
        for attempts in 0..MAX_ATTEMPTS - 1 {
            let attempted = attempted(&delivery(attempts), Sent::Later("503".to_owned()), now);
            assert_eq!(attempted.state, DeliveryState::Pending);
            let next = attempted.next_attempt_at.unwrap();
            assert!(next > last);
            last = next;
        }
        let final_one = attempted(
            &delivery(MAX_ATTEMPTS - 1),
            Sent::Later("503".to_owned()),
            now,
        );
        assert_eq!(final_one.state, DeliveryState::GaveUp);
        assert_eq!(final_one.next_attempt_at, None);
    }

    #[test]
    fn what_cannot_work_is_tried_once() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let given_up = attempted(&delivery(0), Sent::Never("no such address".to_owned()), now);
        assert_eq!(
            (given_up.state, given_up.attempts),
            (DeliveryState::GaveUp, 1)
        );
    }
}
