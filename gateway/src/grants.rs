//! Which token opens what, a workspace at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{CallError, Grant, RunSpend};
use berth_domain::run_token::TokenHash;
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::spending::Holder;

/// What is shared by everything that happens in the name of one run.
#[derive(Debug)]
pub(crate) struct RunState {
    pub(crate) spend: watch::Sender<RunSpend>,
    /// Cuts the run's calls and tunnels.
    pub(crate) cancel: CancellationToken,
    /// Counts them.
    pub(crate) active: TaskTracker,
}

impl RunState {
    pub(crate) fn new(spend: RunSpend) -> Self {
        Self {
            spend: watch::Sender::new(spend),
            cancel: CancellationToken::new(),
            active: TaskTracker::new(),
        }
    }

    pub(crate) fn fail(&self, error: CallError) {
        self.spend
            .send_modify(|spend| spend.last_error = Some(error));
    }
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotGranted {
    /// It is wrong, or its run has ended.
    Unknown,
    /// It may be good: not everything that is granted has been told yet, or the gateway is about to make room for another.
    Later,
}

/// One grant in force. In-flight calls keep it alive until they are settled.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) run: Arc<RunState>,
    pub(crate) accounts: Holder,
}

type Table = HashMap<UserId, Vec<(TokenHash, Arc<Granted>)>>;

/// The table. Tokens are known by hash only.
#[derive(Debug, Default)]
pub(crate) struct Grants(Mutex<Table>);

impl Grants {
    /// What `presented` opens in the workspace of `user`. Every token of the workspace is compared, in constant time.
    pub(crate) fn find(&self, user: UserId, presented: &str) -> Option<Arc<Granted>> {
        let hash = TokenHash::of(presented);
        let table = self.lock();
        let mut found = None;
        for (known, granted) in table.get(&user)? {
            if bool::from(known.0.ct_eq(&hash.0)) {
                found = Some(Arc::clone(granted));
            }
        }
        found
    }

    /// Every run that something is granted to.
    pub(crate) fn runs(&self) -> Vec<Arc<RunState>> {
        let table = self.lock();
        let granted = table.values().flatten();
        granted
            .map(|(_, granted)| Arc::clone(&granted.run))
            .collect()
    }

    pub(crate) fn run(&self, run: RunId) -> Option<Arc<RunState>> {
        let table = self.lock();
        let granted = table
            .values()
            .flatten()
            .find(|(_, granted)| granted.grant.run_id == run);
        granted.map(|(_, granted)| Arc::clone(&granted.run))
    }

    /// Puts a grant in force and returns the one it replaces.
    pub(crate) fn insert(&self, token: TokenHash, granted: Granted) -> Option<Arc<Granted>> {
        let replaced = self.remove(token);
        self.lock()
            .entry(granted.grant.user_id)
            .or_default()
            .push((token, Arc::new(granted)));
        replaced
    }

    pub(crate) fn remove(&self, token: TokenHash) -> Option<Arc<Granted>> {
        let mut table = self.lock();
        let (user, index) = table.iter().find_map(|(user, grants)| {
            grants
                .iter()
                .position(|(known, _)| bool::from(known.0.ct_eq(&token.0)))
                .map(|index| (*user, index))
        })?;
        let grants = table.get_mut(&user)?;
        let (_, granted) = grants.swap_remove(index);
        if grants.is_empty() {
            table.remove(&user);
        }
        Some(granted)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
