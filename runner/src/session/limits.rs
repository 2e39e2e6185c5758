//! What a run may spend, and the token that lets it.

use berth_domain::budget::{self, BudgetLimits, PeriodLimit};
use berth_domain::ports::StoreError;
use berth_domain::ports::gateway::{GatewayError, Grant};
use berth_domain::run::{Outcome, Reason};
use berth_supervisor_protocol::ProcessId;

use super::{End, Session};

impl Session<'_> {
    /// Binds the process's token to this run for as long as it lasts, and no other's.
    pub(super) async fn grant(&mut self, process: &ProcessId) -> Result<(), End> {
        let run = &self.claimed.run;
        let token = self.context.deps.token_key.derive(process.as_str());
        if self.granted.as_ref() == Some(&token) {
            return Ok(());
        }
        let limits = self.answered(|| self.limits()).await?;
        let config = &self.context.config;
        let agent = self.agent.as_ref();
        let grant = Grant {
            run_id: run.id,
            user_id: run.user_id,
            agent_id: run.agent_id,
            conversation_id: Some(run.conversation_id),
            of_agent_run: agent.is_some(),
            unspent: run.attempt == 1 && self.granted.is_none(),
            models: agent
                .and_then(|agent| agent.spec.model.clone())
                .map(|model| vec![model]),
            limits,
            egress: agent.map_or_else(
                || config.egress.clone(),
                |agent| agent.egress(&config.egress),
            ),
        };
        let gateway = &self.context.deps.gateway;
        // What was spent before is in the store, which may be away.
        while let Err(error) = gateway.grant(token.hash(), grant.clone()).await {
            if !matches!(error, GatewayError::Ledger(_)) {
                tracing::error!(%error, "no token could be granted");
                return Err(End::Outcome(Outcome::failed(Reason::Internal)));
            }
            tracing::debug!(%error, "no token could be granted, trying again");
            self.wait_again().await?;
        }
        if let Some(other) = self.granted.replace(token) {
            self.context.deps.gateway.revoke(other.hash()).await;
        }
        Ok(())
    }

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
