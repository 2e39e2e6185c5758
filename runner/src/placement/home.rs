//! What this runner knows of one workspace, and the only places where that changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use berth_domain::ids::UserId;
use berth_domain::placement::Snapshot;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::set::Heads;

/// One workspace.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) user: UserId,
    inner: Mutex<Inner>,
    /// Held while something is done with all of its files: one thing at a time.
    pub(super) work: tokio::sync::Mutex<()>,
}

/// The right to a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    epoch: u64,
    /// Its files are here.
    here: bool,
}

/// Whether the copy of its files is theirs.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// As far as anybody knows.
    #[default]
    Current,
    /// Files have changed since it was begun; somebody sees to another.
    Due,
    /// It is being made.
    UnderWay,
}

#[derive(Debug, Default)]
struct Inner {
    held: Option<Held>,
    /// It is being handed over and never taken again by this start: what it still does may be under way.
    leaving: bool,
    /// The last epoch this runner has let go of. It is not taken up again, whatever the store says.
    let_go: u64,
    /// Another runner that had it, and until when that is believed.
    elsewhere: Option<(String, Timestamp)>,
    /// The newest complete copy.
    snapshot: Option<Snapshot>,
    /// What it consists of, where this runner has made it or read it.
    heads: Option<Heads>,
    /// A copy was damaged: the next one sends everything anew.
    anew: bool,
    copy: Kept,
    /// Triggered when it leaves.
    left: CancellationToken,
}

/// What the next copy follows.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) epoch: u64,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) heads: Option<Heads>,
    pub(super) anew: bool,
}

impl Home {
    pub(super) fn new(user: UserId) -> Self {
        Self {
            user,
            inner: Mutex::default(),
            work: tokio::sync::Mutex::default(),
        }
    }

    /// Under which epoch it lives here; `None` while it is on its way out, too.
    pub(super) fn epoch(&self) -> Option<u64> {
        let inner = self.lock();
        inner.held.filter(|_| !inner.leaving).map(|held| held.epoch)
    }

    /// Whether it lives here and its files are here.
    pub(super) fn is_here(&self) -> bool {
        let inner = self.lock();
        !inner.leaving && inner.held.is_some_and(|held| held.here)
    }

    /// Whether it is ours, though it may be on its way out.
    pub(super) fn is_held(&self) -> bool {
        self.lock().held.is_some()
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.lock().leaving
    }

    /// The store says that it lives here. Answers whether that may be acted on.
    pub(super) fn moved_in(&self, epoch: u64, here: bool, snapshot: Option<Snapshot>) -> bool {
        let mut inner = self.lock();
        if inner.leaving || epoch <= inner.let_go {
            return false;
        }
        // Answers may overtake each other: what is known of this epoch already is newer.
        if inner.held.is_none_or(|held| held.epoch < epoch) {
            inner.held = Some(Held { epoch, here });
            inner.snapshot = snapshot;
            inner.heads = None;
            inner.elsewhere = None;
        }
        true
    }

    /// Its files are here now: those of `heads`, where there was a copy.
    pub(super) fn arrived(&self, epoch: u64, heads: Option<Heads>, damaged: bool) {
        let mut inner = self.lock();
        inner.heads = heads;
        inner.anew = damaged;
        if let Some(held) = inner.held.as_mut().filter(|held| held.epoch == epoch) {
            held.here = true;
        }
    }

    /// Begins to hand it over: from now on nothing is done for anybody in it. Answers its epoch and whether its files are here.
    pub(super) fn leave(&self) -> Option<(u64, bool)> {
        let mut inner = self.lock();
        inner.leaving = true;
        inner.left.cancel();
        inner.held.map(|held| (held.epoch, held.here))
    }

    /// This epoch is over: the workspace was let go of, or taken from us.
    pub(super) fn over(&self, epoch: u64) {
        let mut inner = self.lock();
        inner.let_go = inner.let_go.max(epoch);
        if inner.held.is_some_and(|held| held.epoch <= epoch) {
            inner.held = None;
            inner.left.cancel();
            inner.left = CancellationToken::new();
        }
    }

    /// Triggered when it leaves.
    pub(super) fn left(&self) -> CancellationToken {
        self.lock().left.clone()
    }

    pub(super) fn seen_on(&self, name: String, until: Timestamp) {
        self.lock().elsewhere = Some((name, until));
    }

    pub(super) fn last_seen_on(&self, now: Timestamp) -> Option<String> {
        let inner = self.lock();
        let (name, _) = inner.elsewhere.as_ref().filter(|(_, until)| now < *until)?;
        Some(name.clone())
    }

    /// Its files have changed. Answers whether the caller is to see to a copy, because nobody does.
    pub(super) fn change(&self) -> bool {
        let mut inner = self.lock();
        if inner.leaving || !inner.held.is_some_and(|held| held.here) {
            return false;
        }
        std::mem::replace(&mut inner.copy, Kept::Due) == Kept::Current
    }

    /// Whether there is something to copy; who is told that there is not sees to it no longer.
    pub(super) fn next_save(&self) -> bool {
        let mut inner = self.lock();
        let next = inner.copy == Kept::Due && !inner.leaving;
        inner.copy = if next { Kept::UnderWay } else { Kept::Current };
        next
    }

    /// A copy has failed: what it was for is still to be done.
    pub(super) fn still_changed(&self) {
        self.lock().copy = Kept::Due;
    }

    /// What the next copy follows; `None` when there is nothing to copy from.
    pub(super) fn before(&self) -> Option<Before> {
        let inner = self.lock();
        let held = inner.held.filter(|held| held.here)?;
        Some(Before {
            epoch: held.epoch,
            snapshot: inner.snapshot.clone(),
            heads: inner.heads.clone(),
            anew: inner.anew,
        })
    }

    /// A copy is complete, and the store knows it.
    pub(super) fn saved(&self, snapshot: Snapshot, heads: Heads) {
        let mut inner = self.lock();
        inner.snapshot = Some(snapshot);
        inner.heads = Some(heads);
        inner.anew = false;
    }

    pub(super) fn snapshot(&self) -> Option<Snapshot> {
        self.lock().snapshot.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change under the lock is complete in itself.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home::new(UserId(uuid::Uuid::nil()))
    }

    #[test]
    fn an_epoch_that_was_let_go_of_is_not_taken_up_again() {
        let home = home();
        assert!(home.moved_in(3, true, None));
        home.over(3);
        assert!(!home.moved_in(3, true, None));
        assert_eq!(home.epoch(), None);
        assert!(home.moved_in(4, false, None));
        assert_eq!((home.epoch(), home.is_here()), (Some(4), false));
    }

    #[test]
    fn what_is_being_handed_over_is_nobodys_any_more() {
        let home = home();
        assert!(home.moved_in(1, true, None));
        let left = home.left();
        assert_eq!(home.leave(), Some((1, true)));
        assert!(left.is_cancelled());
        assert_eq!((home.epoch(), home.is_here()), (None, false));
        assert!(!home.change());
        assert!(!home.moved_in(2, true, None));
        assert!(home.before().is_some(), "the last copy is still to be made");
    }

    #[test]
    fn a_late_answer_does_not_undo_a_restore() {
        let home = home();
        assert!(home.moved_in(2, false, None));
        home.arrived(2, None, false);
        assert!(home.moved_in(2, false, None));
        assert!(home.is_here());
        assert!(home.moved_in(1, false, None));
        assert_eq!(home.epoch(), Some(2));
    }

    #[test]
    fn one_at_a_time_sees_to_copies_and_misses_no_change() {
        let home = home();
        assert!(!home.change(), "nothing is here");
        assert!(home.moved_in(1, true, None));
        assert!(home.change());
        assert!(home.next_save());
        assert!(!home.change(), "somebody does already");
        assert!(home.next_save());
        assert!(!home.next_save());
        assert!(home.change());
    }
}
