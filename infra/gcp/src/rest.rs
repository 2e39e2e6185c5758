//! Plain requests to Google's services, for what their clients do not offer or would be a large dependency for.

use std::time::Duration;

use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use google_cloud_auth::credentials::{CacheableResource, Credentials, anonymous};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Attempts of one call, where an error may pass.
const ATTEMPTS: u32 = 4;
/// Pause before the second attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an error's text that go into the log.
const SAID: usize = 500;

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// TLS or settings.
    #[error("no HTTP client")]
    Client(#[from] reqwest::Error),
    /// The machine has no credentials.
    #[error("no credentials for Google Cloud")]
    Credentials(#[from] google_cloud_auth::build_errors::Error),
}

/// A service of Google's.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    client: Client,
    base: String,
    credentials: Credentials,
}

impl Rest {
    /// The service at `endpoint` with the machine's credentials, or an emulator without any.
    pub(crate) fn new(endpoint: &str, emulator: Option<&str>) -> Result<Self, RestError> {
        Ok(Self {
            client: Client::builder()
                .timeout(PATIENCE)
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            base: emulator
                .unwrap_or(endpoint)
                .trim_end_matches('/')
                .to_owned(),
            credentials: match emulator {
                Some(_) => anonymous::Builder::new().build(),
                None => google_cloud_auth::credentials::Builder::default()
                    .with_scopes(["https://www.googleapis.com/auth/cloud-platform"])
                    .build()?,
            },
        })
    }

    /// What is at `path`; `None` when there is nothing.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
    ) -> StoreResult<Option<T>> {
        self.json(operation, &|client, url| client.get(url).query(query), path)
            .await
    }

    /// The answer to `body`; `None` when what it was sent to is not there.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> StoreResult<Option<T>> {
        self.json(operation, &|client, url| client.post(url).json(body), path)
            .await
    }

    /// Does something to what is at `path`; `false` when there is nothing.
    pub(crate) async fn there(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
    ) -> StoreResult<bool> {
        let request = |client: &Client, url: &str| client.request(method.clone(), url);
        Ok(self.send(operation, &request, path).await?.is_some())
    }

    async fn json<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: &(dyn Fn(&Client, &str) -> RequestBuilder + Sync),
        path: &str,
    ) -> StoreResult<Option<T>> {
        let Some(answer) = self.send(operation, request, path).await? else {
            return Ok(None);
        };
        let body = answer
            .bytes()
            .await
            .map_err(|e| unavailable(operation, e))?;
        serde_json::from_slice(&body)
            .map(Some)
            .map_err(|e| StoreError::new(StoreErrorKind::Broken, operation, e))
    }

    /// Sends until there is an answer that will not change. Every call here may be repeated.
    async fn send(
        &self,
        operation: &'static str,
        request: &(dyn Fn(&Client, &str) -> RequestBuilder + Sync),
        path: &str,
    ) -> StoreResult<Option<Response>> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let result = self.once(operation, request, path).await;
            match result {
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                result => return result,
            }
        }
        unreachable!("the loop ends with its last attempt")
    }

    async fn once(
        &self,
        operation: &'static str,
        request: &(dyn Fn(&Client, &str) -> RequestBuilder + Sync),
        path: &str,
    ) -> StoreResult<Option<Response>> {
        let url = format!("{}{path}", self.base);
        let headers = match self.credentials.headers(http::Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => data,
            // Only an answer to an entity tag, and none was asked with.
            Ok(CacheableResource::NotModified) => http::HeaderMap::new(),
            Err(error) => return Err(unavailable(operation, error)),
        };
        let answer = request(&self.client, &url)
            .headers(headers)
            .send()
            .await
            .map_err(|error| unavailable(operation, error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(Some(answer)),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(refused(operation, status, answer).await),
        }
    }
}

fn unavailable(
    operation: &'static str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, operation, error)
}

async fn refused(operation: &'static str, status: StatusCode, answer: Response) -> StoreError {
    let passing = status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        );
    let kind = if passing {
        StoreErrorKind::Unavailable
    } else {
        StoreErrorKind::Broken
    };
    let said: String = answer
        .text()
        .await
        .unwrap_or_default()
        .chars()
        .take(SAID)
        .collect();
    StoreError::new(kind, operation, format!("{status}: {said}"))
}
