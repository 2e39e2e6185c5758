//! The accounts of everybody who may spend, and the way from a settled call to the ledger.
//!
//! Accounts live in memory while a grant holds them, opened with what the ledger says was spent before. A settled entry is
//! counted at once and written by one task in order; until then its call is also a file ([`notes`]), which the next gateway
//! finds. The gateway fails closed: while entries cannot be written, or when the ledger has not been heard of for a while and
//! does not answer, no call is admitted; so the queue of unwritten entries is bounded by the calls that were in flight and a few
//! more. Calls wait for it a while before they are refused.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_domain::budget::{self, Account, BudgetScope};
use berth_domain::clock::Clock;
use berth_domain::ids::{AgentId, RunId, UserId};
use berth_domain::ports::gateway::Grant;
use berth_domain::ports::usage::{LedgerError, UsageLedger};
use berth_domain::usage::{MicroUsd, UsageEntry, UsageTotals};
use jiff::Timestamp;
use tokio::sync::{OnceCell, watch};
use uuid::Uuid;

use crate::vouched::Vouched;

mod ledger;
mod notes;
mod writer;

use notes::Notes;
pub(crate) use notes::{Note, may_have_written};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum AccountKey {
    Run(RunId),
    Agent(AgentId, Timestamp),
    User(UserId, Timestamp),
}

/// One account a grant spends from, and how far it may go.
#[derive(Debug, Clone, Copy)]
struct Bound {
    scope: BudgetScope,
    key: AccountKey,
    limit: Option<MicroUsd>,
}

/// A call that is over and still written down as under way.
#[derive(Debug, Clone)]
struct Ended {
    id: Uuid,
    /// What the ledger is told, if it cost anything.
    entry: Option<UsageEntry>,
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<AccountKey, (Account, usize)>,
    pending: VecDeque<Ended>,
    failing: bool,
    heard: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct Spending {
    ledger: Arc<dyn UsageLedger>,
    clock: Arc<dyn Clock>,
    vouched: Vouched,
    state: Mutex<State>,
    /// Bumped whenever `pending` or `failing` changes.
    changed: watch::Sender<()>,
    /// One account is opened at a time: nobody spends from it between the read of its total and its entry in the table.
    opening: tokio::sync::Mutex<()>,
    notes: Notes,
    /// What a gateway before this one has left is in the ledger.
    recovered: OnceCell<()>,
}

/// Why a call was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    Budget(BudgetScope),
    Ledger,
}

impl Spending {
    /// `calls` is the folder of notes on calls under way.
    pub(crate) fn new(
        ledger: Arc<dyn UsageLedger>,
        clock: Arc<dyn Clock>,
        vouched: Vouched,
        calls: PathBuf,
    ) -> Self {
        Self {
            notes: Notes::new(calls),
            recovered: OnceCell::new(),
            ledger,
            clock,
            vouched,
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            opening: tokio::sync::Mutex::default(),
        }
    }

    /// Opens the accounts of `grant` and returns what its run has used so far.
    pub(crate) async fn open(
        self: &Arc<Self>,
        grant: &Grant,
    ) -> Result<(Holder, UsageTotals), LedgerError> {
        let _one_at_a_time = self.opening.lock().await;
        self.recovered.get_or_try_init(|| self.recover()).await?;
        let mut holder = Holder {
            spending: Arc::clone(self),
            bounds: Vec::with_capacity(3),
        };
        let (run, ledger) = (grant.run_id, &self.ledger);
        let opened = self
            .hold(
                &mut holder,
                BudgetScope::Run,
                AccountKey::Run(run),
                grant.limits.run,
                async {
                    if grant.unspent {
                        return Ok(UsageTotals::default());
                    }
                    self.run_total(run).await
                },
            )
            .await?;
        if let (Some(agent), Some(month)) = (grant.agent_id, grant.limits.agent_month) {
            let key = AccountKey::Agent(agent, month.since);
            let total = self.hear(ledger.agent_total_since(agent, month.since));
            self.hold(
                &mut holder,
                BudgetScope::Agent,
                key,
                Some(month.limit),
                total,
            )
            .await?;
        }
        if let Some(month) = grant.limits.user_month {
            let key = AccountKey::User(grant.user_id, month.since);
            let total = self.hear(ledger.user_total_since(grant.user_id, month.since));
            self.hold(
                &mut holder,
                BudgetScope::User,
                key,
                Some(month.limit),
                total,
            )
            .await?;
        }
        let used = match opened {
            Some(total) => total,
            None => self.run_total(run).await?,
        };
        Ok((holder, used))
    }

    /// Charges what was under way when a gateway before this one was killed.
    async fn recover(&self) -> Result<(), LedgerError> {
        let left = self.notes.left(self.clock.now()).await;
        let left = left.map_err(|error| LedgerError {
            operation: "recover",
            source: error.into(),
        })?;
        for entry in left {
            self.ledger.record(&entry).await?;
            tracing::warn!(run.id = %entry.run_id, "a model call was under way when the gateway ended: it is charged as what it may have cost");
            self.notes.remove(entry.id).await;
        }
        Ok(())
    }

    /// Writes down a call that is about to be sent; `ended` tells that nobody waits for it any more.
    pub(crate) async fn note(
        &self,
        note: &Note,
        ended: Arc<AtomicBool>,
    ) -> Result<(), NotAdmitted> {
        self.notes.write(note, ended).await.map_err(|error| {
            tracing::error!(%error, "a model call cannot be written down: call refused");
            NotAdmitted::Ledger
        })
    }

    async fn run_total(&self, run: RunId) -> Result<UsageTotals, LedgerError> {
        self.hear(self.ledger.run_total(run)).await
    }

    /// What the ledger answers, and a note that it does.
    async fn hear<T>(
        &self,
        answer: impl Future<Output = Result<T, LedgerError>>,
    ) -> Result<T, LedgerError> {
        let answer = answer.await?;
        self.lock().heard = Some(self.clock.now());
        Ok(answer)
    }

    /// Joins an account that is open, or opens it with `total`, which is answered then. An account in use knows more than the
    /// ledger does.
    async fn hold(
        &self,
        holder: &mut Holder,
        scope: BudgetScope,
        key: AccountKey,
        limit: Option<MicroUsd>,
        total: impl Future<Output = Result<UsageTotals, LedgerError>>,
    ) -> Result<Option<UsageTotals>, LedgerError> {
        let mut opened = None;
        if !self.join(key) {
            self.flushed().await?;
            let total = total.await?;
            let account = Account::opened_with(total.cost_micro_usd);
            self.lock().accounts.insert(key, (account, 1));
            opened = Some(total);
        }
        holder.bounds.push(Bound { scope, key, limit });
        Ok(opened)
    }

    fn join(&self, key: AccountKey) -> bool {
        self.lock()
            .accounts
            .get_mut(&key)
            .map(|(_, holders)| *holders += 1)
            .is_some()
    }

    /// Reserves `amount` for a call, if the ledger is there and every account has room.
    pub(crate) async fn admit(&self, holder: &Holder, amount: MicroUsd) -> Result<(), NotAdmitted> {
        self.check_ledger(holder).await?;
        let mut state = self.lock();
        let mut held: Vec<_> = holder
            .bounds
            .iter()
            .map(|bound| {
                (
                    bound,
                    state
                        .accounts
                        .get(&bound.key)
                        .map_or(Account::default(), |(account, _)| *account),
                )
            })
            .collect();
        let mut accounts: Vec<_> = held
            .iter_mut()
            .map(|(bound, account)| (bound.scope, account, bound.limit))
            .collect();
        budget::reserve(&mut accounts, amount).map_err(NotAdmitted::Budget)?;
        for (bound, account) in held {
            if let Some(open) = state.accounts.get_mut(&bound.key) {
                open.0 = account;
            }
        }
        Ok(())
    }

    /// Gives a reservation back without a charge: the call never reached the model.
    pub(crate) fn release(&self, holder: &Holder, reserved: MicroUsd, id: Uuid) {
        self.settle_accounts(holder, reserved, MicroUsd::ZERO);
        self.ended(Ended { id, entry: None });
    }

    /// Ends a reservation with what the call cost.
    pub(crate) fn settle(&self, holder: &Holder, reserved: MicroUsd, entry: UsageEntry) {
        self.settle_accounts(holder, reserved, entry.cost_micro_usd);
        self.ended(Ended {
            id: entry.id,
            entry: Some(entry),
        });
    }

    fn ended(&self, call: Ended) {
        self.lock().pending.push_back(call);
        self.changed.send_replace(());
    }

    fn settle_accounts(&self, holder: &Holder, reserved: MicroUsd, cost: MicroUsd) {
        let mut state = self.lock();
        for bound in &holder.bounds {
            if let Some((account, _)) = state.accounts.get_mut(&bound.key) {
                account.settle(reserved, cost);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the accounts of one grant open; the last to let go closes them.
#[derive(Debug)]
pub(crate) struct Holder {
    spending: Arc<Spending>,
    bounds: Vec<Bound>,
}

impl Drop for Holder {
    fn drop(&mut self) {
        let mut state = self.spending.lock();
        for bound in &self.bounds {
            if let Some((_, holders)) = state.accounts.get_mut(&bound.key) {
                *holders -= 1;
                if *holders == 0 {
                    state.accounts.remove(&bound.key);
                }
            }
        }
    }
}
