//! Tokens that show a runner who asks, and whom it lets in.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use berth_domain::clock::Clock;
use berth_domain::secret::Secret;
use berth_link::{Gate, NoPass, Pass};
use berth_oidc::{Expected, Verifier};
use google_cloud_auth::credentials::idtoken::{self, IDTokenCredentials};

/// What the tokens are for. Runners believe no other.
pub(crate) const RUNNERS: &str = "berth-runner";

/// The service account that this process runs as. Its tokens come from the metadata server, and are kept while they are good.
#[derive(Debug)]
pub(crate) struct ServiceAccount(IDTokenCredentials);

impl ServiceAccount {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let credentials = idtoken::mds::Builder::new(RUNNERS)
            .with_format(idtoken::mds::Format::Full)
            .build()
            .context("no service account")?;
        Ok(Self(credentials))
    }
}

#[async_trait]
impl Pass for ServiceAccount {
    async fn token(&self) -> Result<Secret, NoPass> {
        let token = self.0.id_token().await;
        token
            .map(Secret::new)
            .map_err(|error| NoPass(error.to_string()))
    }
}

/// Lets one service account in.
#[derive(Debug)]
pub(crate) struct OnlyTheApi {
    pub(crate) verifier: Verifier,
    pub(crate) service_account: String,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Gate for OnlyTheApi {
    async fn admits(&self, token: &str) -> bool {
        let expected = Expected::service_account(RUNNERS, &self.service_account);
        let verified = self.verifier.verify(token, &expected, self.clock.now());
        match verified.await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "a request to this runner was refused");
                false
            }
        }
    }
}
