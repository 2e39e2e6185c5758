//! Objects in a bucket of Cloud Storage.
//!
//! Content goes through Google's client, which streams it, resumes it and compares its CRC32C. Lists and deletions are plain requests:
//! the client has them over gRPC only, which no emulator speaks.

mod source;

use std::io;

use async_trait::async_trait;
use berth_domain::ports::artifacts::{Artifacts, Body, IfThere, Listed, ObjectKey, Pieces, Put};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use futures::{StreamExt as _, stream};
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::retry_policy::RetryPolicyExt as _;
use google_cloud_storage::client::Storage;
use google_cloud_storage::error::ReadError;
use google_cloud_storage::retry_policy::RetryableErrors;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::rest::{Rest, RestError};
use source::Source;

/// Google's endpoint.
const ENDPOINT: &str = "https://storage.googleapis.com";
/// Bytes of an upload of unknown size that are kept until the service has them; so many each upload needs of memory.
const BUFFER: usize = 2 * 1024 * 1024;
/// Attempts of one call, where an error may pass; half a minute of them.
const ATTEMPTS: u32 = 6;
/// Objects in one page of a list (the service's most).
const PAGE: u32 = 1_000;

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// Of Cloud Storage.
    #[error("no client for Cloud Storage")]
    Client(#[from] google_cloud_gax::client_builder::Error),
    /// Of plain requests.
    #[error("no client for Cloud Storage")]
    Rest(#[from] RestError),
}

/// Objects in a bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    name: String,
    storage: Storage,
    rest: Rest,
}

impl Bucket {
    /// The bucket of that name. `emulator` is the URL of an emulator, which is asked without credentials.
    pub async fn open(name: &str, emulator: Option<&str>) -> Result<Self, BucketError> {
        let mut builder = Storage::builder()
            .with_resumable_upload_buffer_size(BUFFER)
            .with_retry_policy(RetryableErrors.with_attempt_limit(ATTEMPTS));
        if let Some(url) = emulator {
            builder = builder
                .with_endpoint(url)
                .with_credentials(anonymous::Builder::new().build());
        }
        Ok(Self {
            name: name.to_owned(),
            storage: builder.build().await?,
            rest: Rest::new(ENDPOINT, emulator)?,
        })
    }

    fn path(&self) -> String {
        format!("projects/_/buckets/{}", self.name)
    }
}

/// One page of a list, as the service answers it.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    name: String,
    /// A number, as text.
    #[serde(default)]
    size: String,
}

/// Its kind follows from the answer's status: what may pass is tried again by the caller.
fn failed(operation: &'static str, error: google_cloud_storage::Error) -> StoreError {
    let kind = match error.http_status_code() {
        Some(408 | 429 | 500..) | None => StoreErrorKind::Unavailable,
        Some(_) => StoreErrorKind::Broken,
    };
    StoreError::new(kind, operation, error)
}

/// An object that could not be read to its end, or is not what was stored.
fn unread(error: google_cloud_storage::Error) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(ReadError::ChecksumMismatch(_)) = inner.downcast_ref::<ReadError>() {
            return io::Error::new(io::ErrorKind::InvalidData, error);
        }
        cause = inner.source();
    }
    io::Error::other(error)
}

#[async_trait]
impl Artifacts for Bucket {
    async fn put(&self, key: &ObjectKey, body: Body, there: IfThere) -> StoreResult<Put> {
        const OPERATION: &str = "artifacts.put";
        let (source, failure) = Source::new(body);
        let mut upload = self
            .storage
            .write_object(self.path(), key.as_str(), source)
            .set_content_type("application/octet-stream");
        if there == IfThere::Keep {
            upload = upload.set_if_generation_match(0);
        }
        // What is sent again is the same object, and a second attempt that finds the first's is `Kept`.
        match Box::pin(upload.with_idempotency(true).send_buffered()).await {
            Ok(_) => Ok(Put::Stored),
            Err(error)
                if there == IfThere::Keep
                    && error.http_status_code()
                        == Some(StatusCode::PRECONDITION_FAILED.as_u16()) =>
            {
                Ok(Put::Kept)
            }
            Err(error) if failure.is_set() => {
                Err(StoreError::new(StoreErrorKind::Broken, OPERATION, error))
            }
            Err(error) => Err(failed(OPERATION, error)),
        }
    }

    async fn get(&self, key: &ObjectKey) -> StoreResult<Option<Pieces>> {
        let opened = self
            .storage
            .read_object(self.path(), key.as_str())
            .send()
            .await;
        let content = match opened {
            Ok(content) => content,
            Err(error) if error.http_status_code() == Some(StatusCode::NOT_FOUND.as_u16()) => {
                return Ok(None);
            }
            Err(error) => return Err(failed("artifacts.get", error)),
        };
        let pieces = stream::unfold(content, async |mut content| {
            let piece = content.next().await?;
            Some((piece.map_err(unread), content))
        });
        Ok(Some(pieces.boxed()))
    }

    async fn list(
        &self,
        prefix: &ObjectKey,
        after: Option<&ObjectKey>,
        limit: u32,
    ) -> StoreResult<Vec<Listed>> {
        const OPERATION: &str = "artifacts.list";
        let mut query = vec![
            ("prefix", format!("{prefix}/")),
            ("fields", "items(name,size)".to_owned()),
            // The list begins with `after` itself.
            ("maxResults", limit.saturating_add(1).min(PAGE).to_string()),
        ];
        query.extend(after.map(|key| ("startOffset", key.to_string())));
        let path = format!("/storage/v1/b/{}/o", self.name);
        let answer: Answer = self
            .rest
            .get(OPERATION, &path, &query)
            .await?
            .unwrap_or(Answer { items: Vec::new() });
        let listed = answer.items.into_iter().filter_map(|item| {
            let key: ObjectKey = item.name.parse().ok()?;
            let size = item.size.parse().unwrap_or(0);
            after
                .is_none_or(|after| key > *after)
                .then_some(Listed { key, size })
        });
        Ok(listed.take(limit as usize).collect())
    }

    async fn delete(&self, key: &ObjectKey) -> StoreResult<bool> {
        // A `/` in a name is one of its characters here, not of the path.
        let name = key.as_str().replace('/', "%2F");
        let path = format!("/storage/v1/b/{}/o/{name}", self.name);
        self.rest
            .there("artifacts.delete", Method::DELETE, &path)
            .await
    }
}
