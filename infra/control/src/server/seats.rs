//! Who has granted what. A seat is one connection of a runner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_domain::ids::UserId;
use berth_domain::ports::gateway::Gateway;
use berth_domain::run_token::TokenHash;
use tokio::sync::watch;

/// Numbers grow, so that the newest is the highest.
pub(super) type Seat = u64;

/// The seats of one gateway.
#[derive(Debug)]
pub(super) struct Seats {
    pub(super) gateway: Arc<dyn Gateway>,
    told: watch::Sender<bool>,
    table: Mutex<Table>,
}

/// What was opened or granted belongs to the seat that said it last.
#[derive(Debug, Default)]
struct Table {
    newest: Seat,
    open: HashMap<UserId, Seat>,
    granted: HashMap<TokenHash, Seat>,
}

impl Seats {
    pub(super) fn new(gateway: Arc<dyn Gateway>, told: watch::Sender<bool>) -> Self {
        Self {
            gateway,
            told,
            table: Mutex::default(),
        }
    }

    /// A runner has come, and has said nothing.
    pub(super) fn sit(&self) -> Seat {
        let mut table = self.lock();
        table.newest += 1;
        self.told.send_replace(false);
        table.newest
    }

    /// It has said everything. Of two runners only the one that came last can know.
    pub(super) fn told(&self, seat: Seat) {
        let table = self.lock();
        if table.newest == seat {
            self.told.send_replace(true);
        }
    }

    /// It is gone.
    pub(super) fn leave(&self, seat: Seat) {
        let table = self.lock();
        if table.newest == seat {
            self.told.send_replace(false);
        }
    }

    pub(super) fn opened(&self, user: UserId, seat: Seat) {
        self.lock().open.insert(user, seat);
    }

    pub(super) fn closed(&self, user: UserId) {
        self.lock().open.remove(&user);
    }

    pub(super) fn granted(&self, token: TokenHash, seat: Seat) {
        self.lock().granted.insert(token, seat);
    }

    pub(super) fn revoked(&self, token: TokenHash) {
        self.lock().granted.remove(&token);
    }

    /// Takes back what the seat has opened and granted and nobody has taken over.
    pub(super) async fn end(&self, seat: Seat) {
        let (tokens, users) = {
            let mut table = self.lock();
            let tokens: Vec<_> = table
                .granted
                .extract_if(|_, owner| *owner == seat)
                .collect();
            let users: Vec<_> = table.open.extract_if(|_, owner| *owner == seat).collect();
            (tokens, users)
        };
        if !tokens.is_empty() {
            let grants = tokens.len();
            tracing::warn!(grants, "the runner has not come back: what it granted ends");
        }
        for (token, _) in tokens {
            self.gateway.revoke(token).await;
        }
        for (user, _) in users {
            self.gateway.close(user).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
