//! What a run may still spend: worst cases are reserved before a call and settled after it.
//!
//! Three accounts bound a call: the run's, the agent's month and the user's month. A call is admitted only when its
//! worst case fits into all of them beside what is spent and what other calls in flight have reserved, so that any number
//! of parallel calls stays within the limit. What is settled may exceed the reserve only if the estimate was too low;
//! the account then shows it and admits nothing more.

use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::usage::MicroUsd;

/// Name of the setting that keeps what a user's month may cost.
pub fn month_setting(user: UserId) -> String {
    format!("month-budget:{user}")
}

/// What the value of [`month_setting`] allows, whole micro-USD; an empty value is no limit.
pub fn month_limit(value: &str) -> Option<MicroUsd> {
    value.parse().ok().map(MicroUsd)
}

/// What a user's month may cost where the installation has a ceiling: the lower of the two; without either there is no limit.
pub fn month_limit_within(own: Option<MicroUsd>, ceiling: Option<MicroUsd>) -> Option<MicroUsd> {
    [own, ceiling].into_iter().flatten().min()
}

/// The month that `now` is in on the calendar of an IANA zone; UTC's where the zone is not known.
pub fn month_of(now: Timestamp, zone: Option<&str>) -> Range<Timestamp> {
    let zone = zone
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC);
    let first = now.to_zoned(zone.clone()).date().first_of_month();
    let begins = |day: jiff::civil::Date| {
        let begin = day.to_zoned(zone.clone());
        begin.map_or(now, |begin| begin.timestamp())
    };
    begins(first)..first.checked_add(1.month()).map_or(now, begins)
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodLimit {
    pub limit: MicroUsd,
    pub since: Timestamp,
}

/// The limits of one run. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLimits {
    pub run: Option<MicroUsd>,
    pub agent_month: Option<PeriodLimit>,
    pub user_month: Option<PeriodLimit>,
}

impl BudgetLimits {
    /// These limits where no user may spend more than `ceiling` a month, whatever they have set for themselves. The month is that of
    /// the user's own limit; for a user without one it begins with UTC's.
    #[must_use]
    pub fn with_month_ceiling(self, ceiling: Option<MicroUsd>, now: Timestamp) -> Self {
        let own = self.user_month;
        let since = own.map_or_else(|| month_of(now, None).start, |month| month.since);
        let limit = month_limit_within(own.map(|month| month.limit), ceiling);
        Self {
            user_month: limit.map(|limit| PeriodLimit { limit, since }),
            ..self
        }
    }
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

    #[test]
    fn the_lower_of_two_limits_holds_and_the_month_stays_the_users() {
        let now: Timestamp = "2026-11-15T08:00:00Z".parse().unwrap();
        let since = "2026-10-31T15:00:00Z".parse().unwrap();
        let utc = month_of(now, None).start;
        let (low, high) = (MicroUsd(1), MicroUsd(2));
        let month = |limit, since| Some(PeriodLimit { limit, since });
        for (own, ceiling, expected) in [
            (None, None, None),
            (month(high, since), None, month(high, since)),
            (None, Some(high), month(high, utc)),
            (month(low, since), Some(high), month(low, since)),
            (month(high, since), Some(low), month(low, since)),
        ] {
            let limits = BudgetLimits {
                user_month: own,
                ..BudgetLimits::default()
            };
            let within = limits.with_month_ceiling(ceiling, now);
            assert_eq!(within.user_month, expected, "{own:?} {ceiling:?}");
        }
    }

    #[test]
    fn a_month_begins_and_ends_where_its_user_lives() {
        let now: Timestamp = "2026-11-30T20:00:00Z".parse().unwrap();
        let month = |zone| {
            let month = month_of(now, zone);
            (month.start.to_string(), month.end.to_string())
        };
        let utc = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
        let seoul = ("2026-11-30T15:00:00Z", "2026-12-31T15:00:00Z");
        for (zone, (start, end)) in [
            (None, utc),
            (Some("Mars/Base"), utc),
            (Some("Asia/Seoul"), seoul),
        ] {
            assert_eq!(month(zone), (start.to_owned(), end.to_owned()), "{zone:?}");
        }
    }

    #[test]
    fn an_empty_setting_is_no_limit() {
        assert_eq!(month_limit(""), None);
        assert_eq!(month_limit("12500000"), Some(MicroUsd(12_500_000)));
    }

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
