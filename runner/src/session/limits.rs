//! What a run may spend.

use berth_domain::budget::{self, BudgetLimits, PeriodLimit};
use berth_domain::ports::StoreError;

use super::Session;

impl Session<'_> {
    /// The run's own limit, and that of its user's month as it stands now.
    pub(super) async fn limits(&self) -> Result<BudgetLimits, StoreError> {
        let (deps, config) = (&self.context.deps, &self.context.config);
        let own = self.agent.as_ref();
        let limits = own.map_or(config.limits, |agent| agent.limits(config.limits));
        let user = self.claimed.run.user_id;
        let stored = deps.settings.setting(&budget::month_setting(user)).await?;
        let Some(limit) = stored.as_deref().and_then(budget::month_limit) else {
            return Ok(limits);
        };
        let user = deps.users.user(user).await?;
        let zone = user.and_then(|user| user.onboarding.time_zone);
        let month = budget::month_of(deps.clock.now(), zone.as_deref());
        Ok(BudgetLimits {
            user_month: Some(PeriodLimit {
                limit,
                since: month.start,
            }),
            ..limits
        })
    }
}
