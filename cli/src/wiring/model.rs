//! Who answers model calls: the API with a key, or the built-in scripted model, as settings say. A live choice.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use async_trait::async_trait;
use berth_api::{ModelControl, ModelStatus, Upstream};
use berth_domain::ports::gateway::ModelSettings;
use berth_domain::ports::secrets::{INSTALLATION, MODEL_KEY, Secrets};
use berth_domain::ports::settings::{DEMO, Settings};
use berth_domain::secret::Secret;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::up::ModelOptions;

/// The model API's own address.
const ANTHROPIC: &str = "https://api.anthropic.com";

/// Follows key and demo setting, and tells the gateway.
#[derive(Debug)]
pub(crate) struct Model {
    options: ModelOptions,
    secrets: Arc<dyn Secrets>,
    settings: Arc<dyn Settings>,
    sender: watch::Sender<ModelSettings>,
    status: Mutex<ModelStatus>,
    demo: OnceCell<String>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Model {
    pub(crate) fn new(
        options: ModelOptions,
        secrets: Arc<dyn Secrets>,
        settings: Arc<dyn Settings>,
        stop: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        let nothing = ModelSettings {
            base_url: ANTHROPIC.to_owned(),
            key: None,
            keyless: false,
            vertex: None,
        };
        Self {
            status: Mutex::new(ModelStatus {
                upstream: Upstream::None,
                key_set: false,
                model: options.model.clone(),
            }),
            options,
            secrets,
            settings,
            sender: watch::Sender::new(nothing),
            demo: OnceCell::new(),
            stop,
            tasks,
        }
    }

    /// What the gateway reads at each call.
    pub(crate) fn watch(&self) -> watch::Receiver<ModelSettings> {
        self.sender.subscribe()
    }

    async fn apply(&self) -> anyhow::Result<()> {
        let stored = self
            .secrets
            .secret(INSTALLATION, MODEL_KEY)
            .await
            .context("the stored model key cannot be read")?;
        // An empty variable is how scripts say "none".
        let given = self.options.anthropic_api_key.clone();
        let key = stored.or(given.filter(|key| !key.trim().is_empty()));
        let key_set = key.is_some();
        // The flag is where an installation begins; what somebody has set since then counts.
        let demo = self
            .settings
            .setting(DEMO)
            .await
            .context("the demo setting cannot be read")?
            .map_or(self.options.demo, |value| value == "true");
        let (settings, upstream) = if demo {
            let settings = ModelSettings {
                base_url: self.demo_url().await?,
                key: None,
                keyless: true,
                vertex: None,
            };
            (settings, Upstream::Demo)
        } else {
            let keyless = self.options.model_url.is_some() && !key_set;
            let settings = ModelSettings {
                base_url: self
                    .options
                    .model_url
                    .clone()
                    .unwrap_or_else(|| ANTHROPIC.to_owned()),
                key: key.map(Secret::new),
                keyless,
                vertex: None,
            };
            let ready = key_set || keyless;
            let upstream = if ready {
                Upstream::Anthropic
            } else {
                Upstream::None
            };
            (settings, upstream)
        };
        self.sender.send_replace(settings);
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = ModelStatus {
            upstream,
            key_set,
            model: self.options.model.clone(),
        };
        Ok(())
    }

    /// Where the scripted model is; started when it is first wanted.
    async fn demo_url(&self) -> anyhow::Result<String> {
        let url = self
            .demo
            .get_or_try_init(|| async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                    .await
                    .context("the demo model finds no free port")?;
                let address = listener
                    .local_addr()
                    .context("the demo model has no address")?;
                let stopped = self.stop.clone().cancelled_owned();
                self.tasks.spawn(async move {
                    let options = berth_fake_model::Options::demo();
                    if let Err(error) = berth_fake_model::serve(listener, options, stopped).await {
                        tracing::error!(%error, "the demo model has stopped");
                    }
                });
                anyhow::Ok(format!("http://{address}"))
            })
            .await?;
        Ok(url.clone())
    }
}

#[async_trait]
impl ModelControl for Model {
    async fn reload(&self) {
        if let Err(error) = self.apply().await {
            tracing::error!("the model's settings stay as they are: {error:#}");
        }
    }

    fn status(&self) -> ModelStatus {
        self.status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
