//! What a run may still spend: worst cases are reserved before a call and settled after it.
//!
//! Three accounts bound a call: the run's, the agent's month and the user's month. A call is admitted only when its
//! worst case fits into all of them beside what is spent and what other calls in flight have reserved, so that any number
//! of parallel calls stays within the limit. What is settled may exceed the reserve only if the estimate was too low;
//! the account then shows it and admits nothing more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::usage::MicroUsd;

/// Whose money a limit bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetScope {
    Run,
    /// The agent's current month.
    Agent,
    /// The user's current month.
    User,
}

impl BudgetScope {
    /// For messages: "budget of this run".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Run => "this run",
            Self::Agent => "this agent's month",
            Self::User => "this user's month",
        }
    }
}

/// A limit over a period that began at `since`: the runner knows the user's time zone and with it where a month begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodLimit {
    pub limit: MicroUsd,
    pub since: Timestamp,
}

/// The limits of one run. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BudgetLimits {
    pub run: Option<MicroUsd>,
    pub agent_month: Option<PeriodLimit>,
    pub user_month: Option<PeriodLimit>,
}

/// Money spent and money spoken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    pub spent: MicroUsd,
    pub reserved: MicroUsd,
}

impl Account {
    /// An account that already spent this much before.
    pub fn opened_with(spent: MicroUsd) -> Self {
        Self {
            spent,
            reserved: MicroUsd::ZERO,
        }
    }

    fn fits(&self, amount: MicroUsd, limit: Option<MicroUsd>) -> bool {
        limit.is_none_or(|limit| self.spent + self.reserved + amount <= limit)
    }

    /// Ends a reservation of `reserved` with what the call really cost.
    pub fn settle(&mut self, reserved: MicroUsd, cost: MicroUsd) {
        self.reserved = self.reserved.saturating_sub(reserved);
        self.spent += cost;
    }
}

/// Reserves `amount` in every account, or in none and names the first that has no room for it.
pub fn reserve(
    accounts: &mut [(BudgetScope, &mut Account, Option<MicroUsd>)],
    amount: MicroUsd,
) -> Result<(), BudgetScope> {
    if let Some((scope, ..)) = accounts
        .iter()
        .find(|(_, account, limit)| !account.fits(amount, *limit))
    {
        return Err(*scope);
    }
    for (_, account, _) in accounts {
        account.reserved += amount;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserve_one(account: &mut Account, limit: u64, amount: u64) -> Result<(), BudgetScope> {
        reserve(
            &mut [(BudgetScope::Run, account, Some(MicroUsd(limit)))],
            MicroUsd(amount),
        )
    }

    #[test]
    fn the_last_micro_dollar_fits_and_one_more_does_not() {
        let mut account = Account::opened_with(MicroUsd(40));
        assert_eq!(reserve_one(&mut account, 100, 60), Ok(()));
        assert_eq!(reserve_one(&mut account, 100, 1), Err(BudgetScope::Run));
        account.settle(MicroUsd(60), MicroUsd(10));
        assert_eq!(reserve_one(&mut account, 100, 50), Ok(()));
    }

    #[test]
    fn a_refusal_reserves_nothing_anywhere() {
        let (mut run, mut user) = (Account::default(), Account::opened_with(MicroUsd(100)));
        let mut accounts = [
            (BudgetScope::Run, &mut run, None),
            (BudgetScope::User, &mut user, Some(MicroUsd(100))),
        ];
        assert_eq!(reserve(&mut accounts, MicroUsd(1)), Err(BudgetScope::User));
        assert_eq!(run, Account::default());
    }

    #[test]
    fn absurd_amounts_do_not_wrap_into_small_ones() {
        let mut account = Account::opened_with(MicroUsd(u64::MAX));
        assert_eq!(
            reserve_one(&mut account, 100, u64::MAX),
            Err(BudgetScope::Run)
        );
    }
}
