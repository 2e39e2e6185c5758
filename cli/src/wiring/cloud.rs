//! Adapters for Google Cloud, as the flags say.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use berth_domain::ports::sealing::Sealing;
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use berth_gcp::{Bucket, Database, Kms, PubSub, Store};

use crate::config::cloud::{CloudOptions, KmsOptions, StandIn};
use crate::logging::traces::{self, Sending};

/// The store. `sealing` is for what goes through the `Secrets` port.
pub(crate) async fn store(
    options: &CloudOptions,
    sealing: Arc<dyn Sealing>,
) -> anyhow::Result<Store> {
    let database = Database {
        project: options.project.clone(),
        id: options.database.clone(),
        emulator: options.firestore_emulator.url(),
    };
    Store::open(&database, sealing)
        .await
        .with_context(|| format!("the database of project {}", options.project))
}

/// Begins to send the spans of runs, if they are sent anywhere.
pub(crate) fn traces(options: &CloudOptions, role: &'static str) -> anyhow::Result<Sending> {
    let endpoint = options.traces.as_ref();
    endpoint.map_or_else(
        || Ok(Sending::default()),
        |endpoint| traces::export(endpoint, &options.project, role),
    )
}

/// Where hints go.
pub(crate) fn pubsub(options: &CloudOptions) -> PubSub {
    PubSub {
        project: options.project.clone(),
        topic: options.topic.clone(),
        emulator: options.pubsub_emulator.url(),
    }
}

/// Where runners keep copies of workspaces.
pub(crate) async fn bucket(name: &str, storage: &StandIn) -> anyhow::Result<Bucket> {
    let opened = Bucket::open(name, storage.url().as_deref()).await;
    opened.with_context(|| format!("the bucket {name}"))
}

/// The key of users' secrets.
pub(crate) fn kms(options: &KmsOptions) -> anyhow::Result<Arc<dyn Sealing>> {
    let url = options.kms_emulator.url();
    let kms = Kms::new(&options.kms_key, url.as_deref()).context("the key of users' secrets")?;
    Ok(Arc::new(kms))
}

/// For a role that has nothing to do with secrets, and no right to the key.
#[derive(Debug)]
pub(crate) struct NoSecrets;

#[async_trait]
impl Sealing for NoSecrets {
    async fn seal(&self, _scope: &str, _name: &str, _value: &str) -> StoreResult<Vec<u8>> {
        Err(no_secrets())
    }

    async fn open(&self, _scope: &str, _name: &str, _sealed: &[u8]) -> StoreResult<String> {
        Err(no_secrets())
    }
}

fn no_secrets() -> StoreError {
    StoreError::new(
        StoreErrorKind::Broken,
        "secrets",
        "this role has no part in secrets",
    )
}
