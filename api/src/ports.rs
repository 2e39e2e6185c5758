//! Small ports of this role alone, implemented by `cli`.

use async_trait::async_trait;
use bytes::Bytes;

/// A file of the dashboard, in one encoding.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes, encoded as `encoding` says.
    pub bytes: Bytes,
    /// Media type, with charset where it is text.
    pub media_type: String,
    /// Content hash without quotes; different for each encoding.
    pub etag: String,
    /// `Content-Encoding`, where the bytes are compressed.
    pub encoding: Option<&'static str>,
}

/// The built dashboard.
pub trait Assets: Send + Sync + std::fmt::Debug {
    /// The file at `path` (`index.html`, `assets/app-….js`), in the best encoding that `accept_encoding`, the client's
    /// header, allows.
    fn asset(&self, path: &str, accept_encoding: &str) -> Option<Asset>;
}

/// Who answers model calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upstream {
    /// The model API with a key.
    Anthropic,
    /// The scripted model.
    Demo,
    /// Nobody: there is no key, and the demo is off.
    None,
}

/// What is known about the model's upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatus {
    /// Who answers.
    pub upstream: Upstream,
    /// Whether a key is known, stored or given by the environment.
    pub key_set: bool,
    /// The model in use, where one is fixed.
    pub model: Option<String>,
}

/// The part of the gateway that follows changes of key and demo mode.
#[async_trait]
pub trait ModelControl: Send + Sync + std::fmt::Debug {
    /// Reads key and demo setting again. Failures are the implementer's to log and show in [`ModelControl::status`].
    async fn reload(&self);

    /// The state as of now.
    fn status(&self) -> ModelStatus;
}

/// Randomness fit for secrets.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// 32 fresh bytes from the system's generator.
    fn bytes(&self) -> [u8; 32];
}
