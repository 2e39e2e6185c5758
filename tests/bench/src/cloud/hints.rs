//! What a hint costs at the emulator: the same client sends one on a topic of the benchmark's own, and receives it.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use berth_domain::ids::RunId;
use berth_domain::ports::queue::{Hint, Queue as _};
use berth_gcp::{PubSubQueue, RunnerName};
use tokio::time::timeout;

use super::PATIENCE;
use super::project::Project;
use crate::clock;

/// How long a hint waits for others to travel with: ours, and no part of the emulator's time. Milliseconds.
const GATHER: f64 = 1.0;

/// Both ends of the topic.
pub(super) struct Hints {
    sender: PubSubQueue,
    receiver: Arc<PubSubQueue>,
}

impl Hints {
    pub(super) async fn open(project: &Project) -> anyhow::Result<Self> {
        let topic = project.topic("hints");
        topic.prepare().await?;
        let name = RunnerName::parse("bench").context("a name")?;
        Ok(Self {
            sender: topic.sender().await?,
            receiver: Arc::new(topic.runner(&name).await?),
        })
    }

    /// Sends one; answers what of its way was the emulator's, in milliseconds.
    pub(super) async fn trip(&self) -> anyhow::Result<f64> {
        let run = RunId(uuid::Uuid::from_u128(u128::from(clock::now())));
        let began = clock::now();
        self.sender.announce(Hint::Claim(run)).await;
        let heard = timeout(PATIENCE, self.receiver.next()).await?;
        let took = clock::ms(began, clock::now());
        ensure!(heard == Some(Hint::Claim(run)), "{heard:?}");
        Ok((took - GATHER).max(0.0))
    }
}
