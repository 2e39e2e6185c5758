//! What granted runs have spent, as the gateway said last.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use berth_domain::ids::RunId;
use berth_domain::ports::gateway::RunSpend;
use berth_domain::run_token::TokenHash;
use tokio::sync::watch;

/// Read by the runner's sessions, written by the connection.
#[derive(Debug, Default)]
pub(super) struct Mirror(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    tokens: HashMap<TokenHash, RunId>,
    runs: HashMap<RunId, watch::Sender<RunSpend>>,
}

impl Mirror {
    /// A token serves a run from now on.
    pub(super) fn granted(&self, token: TokenHash, run: RunId, spend: RunSpend) {
        let mut table = self.lock();
        let before = table.tokens.insert(token, run);
        if let Some(before) = before.filter(|before| *before != run) {
            table.forget(before);
        }
        let figures = table.runs.entry(run).or_default();
        figures.send_if_modified(|known| replace(known, spend));
    }

    pub(super) fn revoked(&self, token: TokenHash) {
        let mut table = self.lock();
        if let Some(run) = table.tokens.remove(&token) {
            table.forget(run);
        }
    }

    /// What is said of a run that is not granted any more is late.
    pub(super) fn spent(&self, run: RunId, spend: RunSpend) {
        if let Some(figures) = self.lock().runs.get(&run) {
            figures.send_if_modified(|known| replace(known, spend));
        }
    }

    pub(super) fn of_token(&self, token: TokenHash) -> RunSpend {
        let table = self.lock();
        let run = table.tokens.get(&token);
        run.and_then(|run| table.runs.get(run))
            .map(|figures| figures.borrow().clone())
            .unwrap_or_default()
    }

    pub(super) fn watch(&self, run: RunId) -> Option<watch::Receiver<RunSpend>> {
        self.lock().runs.get(&run).map(watch::Sender::subscribe)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Ends a run's figures, unless another token serves it.
    fn forget(&mut self, run: RunId) {
        if !self.tokens.values().any(|other| *other == run) {
            self.runs.remove(&run);
        }
    }
}

/// A gateway that was started anew does not know which model was charged last.
fn replace(known: &mut RunSpend, mut said: RunSpend) -> bool {
    said.model = said.model.or_else(|| known.model.clone());
    let changed = *known != said;
    *known = said;
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: RunId = RunId(uuid::Uuid::from_u128(1));

    fn calls(calls: u64) -> RunSpend {
        RunSpend {
            calls,
            ..RunSpend::default()
        }
    }

    #[test]
    fn a_run_is_there_as_long_as_a_token_serves_it() {
        let mirror = Mirror::default();
        let (one, two) = (TokenHash([1; 32]), TokenHash([2; 32]));
        mirror.granted(one, RUN, calls(1));
        mirror.granted(two, RUN, calls(2));
        let mut figures = mirror.watch(RUN).unwrap();
        mirror.revoked(one);
        mirror.spent(RUN, calls(3));
        assert_eq!(*figures.borrow_and_update(), calls(3));
        assert_eq!(mirror.of_token(two), calls(3));
        mirror.revoked(two);
        mirror.spent(RUN, calls(4));
        assert!(mirror.watch(RUN).is_none());
        assert!(figures.has_changed().is_err(), "its watchers are told");
    }

    #[test]
    fn a_token_that_serves_another_run_ends_the_first() {
        let (mirror, token) = (Mirror::default(), TokenHash([1; 32]));
        let other = RunId(uuid::Uuid::from_u128(2));
        mirror.granted(token, RUN, calls(1));
        mirror.granted(token, other, calls(0));
        assert!(mirror.watch(RUN).is_none());
        assert_eq!(mirror.of_token(token), calls(0));
    }
}
