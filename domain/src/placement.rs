//! On which runner a user's workspace lives.
//!
//! A runner registers, and renews its registration as long as it lives. A placement names a runner and an epoch; it is good
//! while that runner's registration is, so that a runner renews one row however many workspaces it holds. The epoch is a
//! fencing token as in [`lease`](crate::lease): snapshots are committed under it, and a runner that has lost a workspace
//! commits nothing.
//!
//! A runner's name belongs to its disk: it is made with the disk's first start and kept on it. Where the name of a placement
//! stays the same the files are on the disk already; where it changes they come from the last snapshot.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lease::{RunnerId, STOP_MARGIN, TTL};

/// What a registered runner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It takes workspaces.
    Serving,
    /// It keeps what it has until that is handed over, and takes nothing new.
    Draining,
    /// It has left, or was found dead; this incarnation never comes back.
    Gone,
}

impl Standing {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Gone => "gone",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Serving, Self::Draining, Self::Gone]
            .into_iter()
            .find(|standing| standing.as_str() == word)
    }
}

/// A runner as the others know it. There is one a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Which, and since when.
    pub runner: RunnerId,
    /// Where the API finds its workspaces: `host:port`, inside the private network.
    pub address: String,
    /// What it does.
    pub standing: Standing,
    /// From this instant on others may declare it gone.
    pub expires_at: Timestamp,
}

impl Registration {
    /// Whether its workspaces may be taken. Whoever takes one marks it as [`Standing::Gone`] first, so that it cannot be renewed
    /// any more.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.standing == Standing::Gone || now >= self.expires_at
    }

    /// The instant at which a runner that has not managed to renew must have fallen silent: it does nothing in the name of its workspaces
    /// until it has been renewed.
    pub fn stop_at(&self) -> Timestamp {
        self.expires_at - STOP_MARGIN
    }
}

/// Decides a registration; `None` when a later start of the same runner is registered, or this start was declared gone.
pub fn register(
    current: Option<&Registration>,
    runner: &RunnerId,
    address: &str,
    now: Timestamp,
) -> Option<Registration> {
    let refused = current.is_some_and(|current| {
        current.runner.incarnation > runner.incarnation
            || (current.runner == *runner && current.standing == Standing::Gone)
    });
    (!refused).then(|| Registration {
        runner: runner.clone(),
        address: address.to_owned(),
        standing: Standing::Serving,
        expires_at: now + TTL,
    })
}

/// Decides a renewal; `None` when the runner was declared gone, or a later start of it is registered. What drains keeps draining.
pub fn renew(
    current: Option<&Registration>,
    runner: &RunnerId,
    draining: bool,
    now: Timestamp,
) -> Option<Registration> {
    let current = current
        .filter(|current| current.runner == *runner && current.standing != Standing::Gone)?;
    let standing = if draining {
        Standing::Draining
    } else {
        current.standing
    };
    Some(Registration {
        standing,
        expires_at: now + TTL,
        ..current.clone()
    })
}

/// A copy of a workspace outside of its runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Names its manifest.
    pub id: Uuid,
    /// Grows by one with every snapshot of the workspace.
    pub number: u64,
    /// When it was begun.
    pub taken_at: Timestamp,
    /// Bytes of all its files.
    pub bytes: u64,
}

/// How far a workspace has come on its runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its files are being restored; nothing works in it.
    Moving,
    /// Its files are there.
    Here,
    /// Its last snapshot is complete, and its runner has let go of it.
    Released,
}

impl Stage {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moving => "moving",
            Self::Here => "here",
            Self::Released => "released",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Moving, Self::Here, Self::Released]
            .into_iter()
            .find(|stage| stage.as_str() == word)
    }
}

/// Where a workspace lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// On which runner, and on which start of it.
    pub runner: RunnerId,
    /// Fencing token; grows with every change of `runner`, and when a released workspace is taken again.
    pub epoch: u64,
    /// How far it has come there.
    pub stage: Stage,
    /// The newest complete copy.
    pub snapshot: Option<Snapshot>,
}

/// Answer to a runner that wants a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It has it already.
    Keep,
    /// It gets it: this is to be stored.
    Take(Placement),
    /// It lives on another runner.
    Elsewhere,
    /// The runner that asks is gone, or takes nothing new.
    Refused,
}

/// Decides where a workspace lives from now on. `holder` is the registration under the name of the placement's runner, `asking`
/// the one of the runner that asks.
pub fn place(
    current: Option<&Placement>,
    holder: Option<&Registration>,
    asking: &Registration,
    now: Timestamp,
) -> Decision {
    if asking.is_gone(now) {
        return Decision::Refused;
    }
    let (stage, epoch, snapshot) = match current {
        // There is nothing to bring along.
        None => (Stage::Here, 0, None),
        Some(current) => {
            let same_disk = current.runner.name == asking.runner.name;
            let released = current.stage == Stage::Released;
            if current.runner == asking.runner && !released {
                return Decision::Keep;
            }
            if !same_disk && !released && holder.is_some_and(|holder| !holder.is_gone(now)) {
                return Decision::Elsewhere;
            }
            // A restore that broke off is begun anew: what it left behind is not the workspace.
            let complete = same_disk && current.stage != Stage::Moving;
            let stage = if complete { Stage::Here } else { Stage::Moving };
            (stage, current.epoch, current.snapshot.clone())
        }
    };
    if asking.standing == Standing::Draining {
        return Decision::Refused;
    }
    Decision::Take(Placement {
        runner: asking.runner.clone(),
        epoch: epoch + 1,
        stage,
        snapshot,
    })
}

/// Decides whether a runner that names `epoch` may still say something about the workspace: that its files are there, that it
/// lets go of it. A runner that has let go of an epoch does not take it up again, also when it is told that it holds it: its
/// letting go may still be under way.
pub fn may_write(current: Option<&Placement>, epoch: u64) -> bool {
    current.is_some_and(|current| current.epoch == epoch && current.stage != Stage::Released)
}

/// Decides whether `snapshot` becomes the newest one. One that was overtaken by its successor does not.
pub fn may_save(current: Option<&Placement>, epoch: u64, snapshot: &Snapshot) -> bool {
    let number = current
        .and_then(|current| current.snapshot.as_ref())
        .map_or(0, |newest| newest.number);
    may_write(current, epoch) && snapshot.number > number
}
