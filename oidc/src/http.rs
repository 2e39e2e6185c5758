//! The issuer's keys over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::keys::{KeySource, KeysUnavailable};

/// Where Google publishes its keys.
pub const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";

/// Longest answer in bytes; Google's has about 1,000.
const MAX_ANSWER: usize = 256 * 1024;
/// Longest time a whole answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A JWK Set at an address.
#[derive(Debug)]
pub struct HttpKeys {
    client: Client,
    url: String,
}

impl HttpKeys {
    /// Keys at `url`, [`GOOGLE_KEYS`] but in tests. Needs the process's TLS provider to be installed.
    pub fn new(url: impl Into<String>) -> Result<Self, KeysUnavailable> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            // Whoever can redirect us could choose the keys we trust.
            .redirect(Policy::none())
            .user_agent("berth-oidc/1")
            .build()
            .map_err(|error| unavailable(&error))?;
        Ok(Self {
            client,
            url: url.into(),
        })
    }
}

#[async_trait]
impl KeySource for HttpKeys {
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnavailable> {
        let request = self.client.get(&self.url).send().await;
        let answer = request.map_err(|error| unavailable(&error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(KeysUnavailable(format!("the answer is {status}")));
        }
        bounded(answer).await
    }
}

async fn bounded(mut answer: Response) -> Result<Vec<u8>, KeysUnavailable> {
    let mut whole = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| unavailable(&error))? {
        if whole.len() + part.len() > MAX_ANSWER {
            return Err(KeysUnavailable("the answer is too long".to_owned()));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

fn unavailable(error: &reqwest::Error) -> KeysUnavailable {
    let word = match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        error if error.is_builder() => "no client",
        _ => "the answer broke off",
    };
    KeysUnavailable(word.to_owned())
}
