//! The one HTTP client towards the outside: pooled, HTTP/1, rustls with the machine's roots.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use crate::http::BoxError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// No response came.
#[derive(Debug, thiserror::Error)]
#[error("no response from upstream")]
pub(crate) struct SendError {
    /// A connection was made, so the request may have been acted upon.
    pub(crate) reached: bool,
    #[source]
    source: BoxError,
}

/// Built on first use: reading the root certificates takes longer than everything else at start-up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upstream(Arc<OnceLock<Result<HttpsClient, String>>>);

impl Upstream {
    /// Builds the client now; blocks on files.
    pub(crate) fn warm_up(&self) {
        let _ = self.client();
    }

    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, SendError> {
        let client = self.client().map_err(|error| SendError {
            reached: false,
            source: error.into(),
        })?;
        let sent = client.request(request).await;
        sent.map_err(|error| SendError {
            reached: !error.is_connect(),
            source: error.into(),
        })
    }

    fn client(&self) -> Result<&HttpsClient, &str> {
        self.0
            .get_or_init(|| build().map_err(|error| error.to_string()))
            .as_ref()
            .map_err(String::as_str)
    }
}

fn build() -> Result<HttpsClient, BoxError> {
    let mut roots = RootCertStore::empty();
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "a root certificate could not be read"
        );
    }
    roots.add_parsable_certificates(loaded.certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build(connector);
    Ok(client)
}
