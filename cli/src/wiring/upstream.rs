//! Who answers the model calls of a gateway on Google Cloud, and as whom it asks.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use berth_domain::ports::gateway::{AccessTokens, ModelSettings, NoAccessToken, VertexSettings};
use berth_domain::secret::Secret;
use berth_gcp::SecretManager;
use google_cloud_auth::credentials::{AccessTokenCredentials, Builder};
use tokio::sync::watch;

use crate::config::cloud::CloudOptions;
use crate::config::gateway::{UpstreamKind, UpstreamOptions};
use crate::lifecycle::Process;

/// The model API's own address.
const ANTHROPIC: &str = "https://api.anthropic.com";
/// What Vertex AI's tokens have to allow.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How often the key is read again: a new version in Secret Manager holds after this long, without a restart.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// What the gateway is told about its upstream.
pub(crate) struct Upstream {
    pub(crate) model: watch::Receiver<ModelSettings>,
    pub(crate) access_tokens: Option<Arc<dyn AccessTokens>>,
}

/// As the flags say. A key in Secret Manager is read again every minute.
pub(crate) async fn choose(
    options: &UpstreamOptions,
    cloud: &CloudOptions,
    process: &Process,
) -> anyhow::Result<Upstream> {
    match options.model_upstream {
        UpstreamKind::Anthropic => anthropic(options, process).await,
        UpstreamKind::Vertex => vertex(options, cloud),
    }
}

fn vertex(options: &UpstreamOptions, cloud: &CloudOptions) -> anyhow::Result<Upstream> {
    let region = given(options.vertex_region.as_ref()).unwrap_or(&cloud.region);
    let models = options.vertex_models.iter();
    let models = models.filter(|model| !model.is_empty()).cloned().collect();
    let settings = VertexSettings::new(&cloud.project, region, models)?;
    let credentials = Builder::default()
        .with_scopes([SCOPE])
        .build_access_token_credentials()
        .context("no service account for Vertex AI")?;
    Ok(Upstream {
        model: watch::channel(ModelSettings::vertex(settings)).1,
        access_tokens: Some(Arc::new(ServiceAccount(credentials))),
    })
}

async fn anthropic(options: &UpstreamOptions, process: &Process) -> anyhow::Result<Upstream> {
    let place = match given(options.model_key.as_ref()) {
        Some(name) => Some(Place::parse(name, options)?),
        None => None,
    };
    let key = match &place {
        Some(place) => place.key().await.context("the model key")?,
        None => given(options.anthropic_api_key.as_ref()).map(Secret::new),
    };
    if key.is_none() && options.model_url.is_none() {
        tracing::warn!("there is no model key: calls are refused until there is one");
    }
    let base_url = given(options.model_url.as_ref()).map(str::to_owned);
    let (sender, model) = watch::channel(ModelSettings {
        keyless: base_url.is_some() && place.is_none() && key.is_none(),
        base_url: base_url.unwrap_or_else(|| ANTHROPIC.to_owned()),
        key,
        vertex: None,
    });
    if let Some(place) = place {
        let stop = process.stop.clone();
        process.role("model key", async move {
            let pause = || tokio::time::sleep(LOOK_EVERY);
            while stop.run_until_cancelled(pause()).await.is_some() {
                place.follow(&sender).await;
            }
        });
    }
    Ok(Upstream {
        model,
        access_tokens: None,
    })
}

/// An empty variable is how scripts say "none".
fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A secret in Secret Manager.
#[derive(Debug)]
struct Place {
    secrets: SecretManager,
    name: String,
}

impl Place {
    fn parse(name: &str, options: &UpstreamOptions) -> anyhow::Result<Self> {
        let parts: Vec<_> = name.split('/').collect();
        let ["projects", project, "secrets", secret] = parts[..] else {
            anyhow::bail!("the place of the model key is written projects/…/secrets/…");
        };
        let emulator = options.secret_manager_emulator.url();
        Ok(Self {
            secrets: SecretManager::new(project, emulator.as_deref())
                .context("the client of Secret Manager")?,
            name: secret.to_owned(),
        })
    }

    async fn key(&self) -> anyhow::Result<Option<Secret>> {
        Ok(self.secrets.newest(&self.name).await?)
    }

    /// Takes over a newer key. While Secret Manager does not answer, the last one is good.
    async fn follow(&self, settings: &watch::Sender<ModelSettings>) {
        match self.key().await {
            Ok(key) => {
                let changed = settings.send_if_modified(|settings| {
                    let changed = settings.key != key;
                    settings.key = key;
                    changed
                });
                if changed {
                    tracing::info!("there is a new model key");
                }
            }
            Err(error) => tracing::warn!("the model key stays as it is: {error:#}"),
        }
    }
}

/// The service account that this process runs as. The library keeps its token until shortly before it ends.
#[derive(Debug)]
struct ServiceAccount(AccessTokenCredentials);

#[async_trait]
impl AccessTokens for ServiceAccount {
    async fn access_token(&self) -> Result<Secret, NoAccessToken> {
        let token = self.0.access_token().await;
        token
            .map(|token| Secret::new(token.token))
            .map_err(|error| NoAccessToken(error.into()))
    }
}
