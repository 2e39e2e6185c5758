//! Who may act on a run (or a workspace) right now.
//!
//! A lease is `{runner, epoch, expires_at}`. The epoch is a fencing token: it grows with every change of holder, and the
//! store refuses a write that names any other epoch. A holder that cannot renew must have fallen silent
//! [`STOP_MARGIN`] before the lease can pass to another, so that two holders never act at once. It is then in doubt: it writes nothing, lets
//! nothing out and asks on. As long as nobody else has claimed, the store renews also what has expired, and the holder goes on.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a lease lasts from its last renewal.
pub const TTL: SignedDuration = SignedDuration::from_secs(15);
/// How often a holder renews: three renewals may fail before the lease is in danger.
pub const RENEW_EVERY: SignedDuration = SignedDuration::from_secs(4);
/// How long before expiry a holder that could not renew falls silent.
pub const STOP_MARGIN: SignedDuration = SignedDuration::from_secs(3);
/// How long a holder in doubt asks in vain before it gives up what it holds. An outage of minutes interrupts nobody; beyond that little is
/// left to save, for Claude Code tries a model call that is held back for about as long before it ends its turn.
pub const DOUBT: SignedDuration = SignedDuration::from_mins(5);

/// A runner: its name stays, its incarnation changes with every start of the process.
///
/// Two incarnations of one name never live at the same time (an exclusive lock on the data folder or the machine sees to
/// that), which is why a later incarnation may take over from an earlier one without waiting for expiry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunnerId {
    /// Stable name, for example the machine's.
    pub name: String,
    /// Fresh for every process start.
    pub incarnation: Uuid,
}

impl fmt::Display for RunnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.incarnation)
    }
}

/// The right to act, until `expires_at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The holder.
    pub runner: RunnerId,
    /// Fencing token; grows by one with every holder, never repeats.
    pub epoch: u64,
    /// From this instant on another runner may take over.
    pub expires_at: Timestamp,
}

impl Lease {
    /// The instant at which a holder that has not managed to renew must have fallen silent.
    pub fn stop_at(&self) -> Timestamp {
        self.expires_at - STOP_MARGIN
    }
}

/// Why a lease was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The asking incarnation holds it already.
    ByYou,
    /// Another runner holds it, and it has not expired.
    ByOther,
}

/// Decides a claim: free, expired, or held by a dead incarnation of the same runner → a lease with the next epoch.
pub fn claim(
    current: Option<&Lease>,
    last_epoch: u64,
    runner: &RunnerId,
    now: Timestamp,
) -> Result<Lease, Held> {
    match current {
        Some(lease) if lease.runner == *runner && now < lease.expires_at => Err(Held::ByYou),
        Some(lease) if now < lease.expires_at && !succeeds(runner, &lease.runner) => {
            Err(Held::ByOther)
        }
        _ => Ok(Lease {
            runner: runner.clone(),
            epoch: last_epoch + 1,
            expires_at: now + TTL,
        }),
    }
}

/// Whether `runner` is a later start of the same runner. Ids are `UUIDv7` and sort by time; a belated claim of a start that
/// is long dead must not take the lease from the one that lives.
pub fn succeeds(runner: &RunnerId, holder: &RunnerId) -> bool {
    runner.name == holder.name && runner.incarnation > holder.incarnation
}

/// Decides whether a holder that names `epoch` may still write.
///
/// Expiry alone does not fence: as long as nobody else has claimed, the holder's writes are the only ones, and the epoch
/// says so. That keeps a short store outage from throwing away work that nobody else has begun.
pub fn may_write(current: Option<&Lease>, epoch: u64) -> bool {
    current.is_some_and(|lease| lease.epoch == epoch)
}

/// Decides a renewal; `None` when the lease has passed to another epoch.
pub fn renew(current: Option<&Lease>, epoch: u64, now: Timestamp) -> Option<Lease> {
    current
        .filter(|lease| lease.epoch == epoch)
        .map(|lease| Lease {
            expires_at: now + TTL,
            ..lease.clone()
        })
}
