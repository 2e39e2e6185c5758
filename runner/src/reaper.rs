//! Gives back what nobody uses: Claude Code processes that have been idle, containers without work.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::processes::Warm;

/// How often it looks, at most.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How long a process that was started for one run may be without it, at most: a runner that was killed between a run's end
/// and its process's leaves one. Longer than the next start takes to take its runs up again.
const WITHOUT_ITS_RUN: SignedDuration = SignedDuration::from_secs(60);
/// How long an idle process is kept when its workspace is short of memory.
const IDLE_WHEN_SHORT: SignedDuration = SignedDuration::from_secs(5);

/// Works until it is told to stop.
pub(crate) async fn work(context: Arc<Context>, stop: CancellationToken) {
    let config = &context.config;
    let shortest = config
        .process_idle
        .min(config.workspace_idle)
        .unsigned_abs();
    let every = (shortest / 4).clamp(Duration::from_millis(50), LOOK_EVERY);
    let mut look = tokio::time::interval_at(Instant::now() + every, every);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        end_idle_processes(&context).await;
        let now = context.deps.clock.now();
        let stopped = context
            .deps
            .workspaces
            .stop_idle(config.workspace_idle, now)
            .await;
        for user in stopped {
            tracing::info!(user.id = %user, "idle workspace stopped, its files stay");
        }
    }
}

async fn end_idle_processes(context: &Context) {
    let workspaces = &context.deps.workspaces;
    for (conversation, mut slot) in context.processes.unused() {
        let Some(warm) = slot.as_ref() else { continue };
        if !workspaces.is_warm(warm.user) {
            *slot = None;
            continue;
        }
        let idle = context.deps.clock.now().duration_since(warm.last_used);
        let keep = if warm.for_one_run {
            context.config.process_idle.min(WITHOUT_ITS_RUN)
        } else {
            context.config.process_idle
        };
        if idle < keep && !(idle >= IDLE_WHEN_SHORT && is_short_of_memory(context, warm).await) {
            continue;
        }
        if let Ok(berth) = workspaces.acquire(warm.user).await {
            // The session's file is complete after every turn: ending the process loses nothing.
            if let Err(error) = berth.client().remove(&warm.id).await {
                tracing::debug!(%error, "an idle process could not be ended");
            }
            tracing::debug!(conversation.id = %conversation, "idle Claude Code process ended, its session stays");
        }
        *slot = None;
    }
}

async fn is_short_of_memory(context: &Context, warm: &Warm) -> bool {
    let stats = context.deps.workspaces.stats(warm.user).await;
    stats
        .and_then(|stats| stats.memory_bytes)
        .is_some_and(|used| used > context.config.memory_warning)
}
