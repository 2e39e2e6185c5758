//! Where workspaces live, from the store alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use berth_contract::VirtualClock;
use berth_domain::clock::Clock as _;
use berth_domain::ids::UserId;
use berth_domain::lease::RunnerId;
use berth_domain::ports::homes::{Homes, NotHere};
use berth_domain::ports::placements::{Placed, Placements as _};
use berth_domain::ports::workspaces::WorkspaceErrorKind;
use berth_embedded::Store;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::memory::error;

#[derive(Debug)]
pub(crate) struct StoredHomes {
    runner: RunnerId,
    store: Arc<Store>,
    clock: Arc<VirtualClock>,
    changes: AtomicUsize,
    fails: AtomicBool,
    left: CancellationToken,
}

impl StoredHomes {
    pub(crate) fn new(runner: RunnerId, store: Arc<Store>, clock: Arc<VirtualClock>) -> Self {
        Self {
            runner,
            store,
            clock,
            changes: AtomicUsize::default(),
            fails: AtomicBool::default(),
            left: CancellationToken::new(),
        }
    }

    pub(crate) fn changes(&self) -> usize {
        self.changes.load(Ordering::SeqCst)
    }

    pub(crate) fn fail(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }

    pub(crate) fn leave(&self) {
        self.left.cancel();
    }
}

#[async_trait]
impl Homes for StoredHomes {
    async fn settle(&self, user: UserId) -> Result<(), NotHere> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(NotHere::Failed(error(WorkspaceErrorKind::Unavailable)));
        }
        let placed = self.store.place(user, &self.runner, self.clock.now()).await;
        match placed.map_err(NotHere::Unknown)? {
            Placed::Yours(_) => Ok(()),
            Placed::Elsewhere(_) | Placed::Refused => Err(NotHere::Elsewhere),
        }
    }

    fn changed(&self, _: UserId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn left(&self, _: UserId) -> BoxFuture<'static, ()> {
        self.left.clone().cancelled_owned().boxed()
    }
}
