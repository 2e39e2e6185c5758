//! One admitted call, from its reservation to its entry in the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use berth_domain::ports::gateway::{CallError, CallErrorKind};
use berth_domain::usage::{MicroUsd, Price, Tokens, UsageEntry};
use jiff::Timestamp;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Span;
use uuid::Uuid;

use super::meter::Used;
use super::request::Checked;
use crate::grants::Granted;
use crate::server::Context;
use crate::spending::{NotAdmitted, Note, may_have_written};

/// A reservation that ends exactly once, however the call ends.
///
/// Dropped before it was sent it is released; dropped after that, the caller left before the answer began, and the prompt is
/// charged as estimated, because the model may have read it.
#[derive(Debug)]
pub(super) struct Call {
    context: Arc<Context>,
    granted: Arc<Granted>,
    id: Uuid,
    at: Timestamp,
    model: String,
    pub(super) prompt_tokens: u64,
    max_tokens: u64,
    surcharge_percent: u64,
    hour_cache: bool,
    reserved: MicroUsd,
    charged: bool,
    state: State,
    /// The same as the last state, for whoever writes it down meanwhile.
    ended: Arc<AtomicBool>,
    /// Makes the run's end wait for this call to be settled.
    _active: TaskTrackerToken,
    /// Of the run's trace: from the reservation to the end of the answer.
    _span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reserved,
    Sent,
    Ended,
}

impl Call {
    /// Takes over what was just admitted. `charged` is false for calls that cost nothing.
    pub(super) fn begin(
        context: &Arc<Context>,
        granted: &Arc<Granted>,
        checked: &Checked,
        reserved: MicroUsd,
        charged: bool,
    ) -> Self {
        if charged {
            granted.run.spend.send_modify(|spend| spend.calls += 1);
        }
        Self {
            context: Arc::clone(context),
            granted: Arc::clone(granted),
            id: context.clock.uuid(),
            at: context.clock.now(),
            model: checked.model.clone(),
            prompt_tokens: checked.prompt_tokens,
            max_tokens: checked.max_tokens,
            surcharge_percent: checked.surcharge_percent,
            hour_cache: checked.hour_cache,
            reserved,
            charged,
            state: State::Reserved,
            ended: Arc::default(),
            _active: granted.run.active.token(),
            _span: tracing::info_span!("gateway.model", run.id = %granted.grant.run_id, model = checked.model),
        }
    }

    pub(super) fn granted(&self) -> &Granted {
        &self.granted
    }

    /// What the model may have written until now without showing it: thinking that is not displayed streams nothing.
    pub(super) fn unseen_output(&self) -> u64 {
        may_have_written(self.at, self.context.clock.now(), self.max_tokens)
    }

    /// It is about to be sent: from now on it may cost something, also should this process be killed.
    pub(super) async fn send(&mut self) -> Result<(), NotAdmitted> {
        if self.charged {
            let note = Note {
                entry: self.entry(self.model.clone(), Tokens::default(), MicroUsd::ZERO),
                prompt_tokens: self.prompt_tokens,
                max_tokens: self.max_tokens,
                hour_cache: self.hour_cache,
                surcharge_percent: self.surcharge_percent,
            };
            let written = self.context.spending.note(&note, Arc::clone(&self.ended));
            written.await?;
        }
        self.state = State::Sent;
        Ok(())
    }

    fn entry(&self, model: String, tokens: Tokens, cost_micro_usd: MicroUsd) -> UsageEntry {
        let grant = &self.granted.grant;
        UsageEntry {
            id: self.id,
            run_id: grant.run_id,
            user_id: grant.user_id,
            agent_id: grant.agent_id,
            conversation_id: grant.conversation_id,
            model,
            tokens,
            cost_micro_usd,
            at: self.at,
        }
    }

    /// Nothing was used: not reached, or refused by the upstream, which does not charge refusals.
    pub(super) fn release(mut self) {
        self.end_released();
    }

    /// The answer is over and told what it used.
    pub(super) fn settle(mut self, used: Used) {
        self.end_settled(used);
    }

    /// The answer is over and did not tell: the worst case is charged.
    pub(super) fn settle_worst_case(self) {
        let tokens = Tokens {
            cache_write: self.prompt_tokens,
            output: self.max_tokens,
            ..Tokens::default()
        };
        self.settle(Used {
            tokens,
            ..Used::default()
        });
    }

    pub(super) fn fail(&self, message: &str) {
        let kind = CallErrorKind::Upstream;
        self.granted.run.fail(CallError {
            kind,
            status: 502,
            message: message.to_owned(),
        });
    }

    fn end_released(&mut self) {
        if self.state != State::Ended {
            self.state = State::Ended;
            self.ended.store(true, Ordering::SeqCst);
            self.context
                .spending
                .release(&self.granted.accounts, self.reserved, self.id);
        }
    }

    fn end_settled(&mut self, used: Used) {
        if !self.charged {
            return self.end_released();
        }
        self.state = State::Ended;
        self.ended.store(true, Ordering::SeqCst);
        let model = used.model.unwrap_or_else(|| self.model.clone());
        let price = Price::of(&model, used.tokens.prompt()).with_surcharge(self.surcharge_percent);
        let cost_micro_usd = price.cost(&used.tokens, used.cache_write_1h);
        count(&used.tokens);
        self.granted.run.spend.send_modify(|spend| {
            spend.usage.add(used.tokens, cost_micro_usd);
            spend.model = Some(model.clone());
        });
        let entry = self.entry(model, used.tokens, cost_micro_usd);
        self.context
            .spending
            .settle(&self.granted.accounts, self.reserved, entry);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        match self.state {
            State::Ended => {}
            State::Reserved => self.end_released(),
            State::Sent => {
                let tokens = Tokens {
                    input: self.prompt_tokens,
                    ..Tokens::default()
                };
                self.end_settled(Used {
                    tokens,
                    ..Used::default()
                });
            }
        }
    }
}

fn count(tokens: &Tokens) {
    for (kind, count) in [
        ("input", tokens.input),
        ("output", tokens.output),
        ("cache_read", tokens.cache_read),
        ("cache_write", tokens.cache_write),
    ] {
        metrics::counter!("gateway_tokens_total", "kind" => kind).increment(count);
    }
}
