//! Calls about files. Paths are relative to the workspace; the empty path is the workspace itself.

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;

use super::body::BoxError;
use super::{ByteStream, Client, encode, get, request, with_body};
use crate::error::ClientError;
use crate::files::{Changed, Entry, Listing, Written};

/// A file's bytes on their way.
#[derive(Debug)]
pub struct Download {
    /// Length of the whole file in bytes.
    pub size: u64,
    /// First byte of `body` within the file.
    pub start: u64,
    /// Bytes `body` will give: less than `size` when a range was asked for.
    pub length: u64,
    /// Changes with the content; quoted, as HTTP wants it.
    pub etag: String,
    pub body: ByteStream,
}

impl Client {
    /// The entries of a folder.
    pub async fn list(&self, path: &str) -> Result<Listing, ClientError> {
        self.json(&self.files, get(format!("/v1/files?path={}", encode(path))))
            .await
    }

    /// A file, or a part of it: `range` is a `Range` header's value, such as `bytes=0-99`.
    pub async fn download(&self, path: &str, range: Option<&str>) -> Result<Download, ClientError> {
        let mut request = get(format!("/v1/files/content?path={}", encode(path)));
        if let Some(range) = range {
            request
                .headers_mut()
                .insert(header::RANGE, header_value(range)?);
        }
        let response = self.send(&self.files, request).await?;
        let length = number(response.headers(), &header::CONTENT_LENGTH)?;
        let etag = text(response.headers(), &header::ETAG)?.to_owned();
        let (start, size) = if response.status() == StatusCode::PARTIAL_CONTENT {
            content_range(text(response.headers(), &header::CONTENT_RANGE)?)?
        } else {
            (0, length)
        };
        Ok(Download {
            size,
            start,
            length,
            etag,
            body: response.into_body(),
        })
    }

    /// Writes a file whole: readers see the old content or the new, and a cut upload changes nothing. Missing folders
    /// are made. With `if_match`, refused with `conflict` unless the file is still the one of that tag.
    pub async fn upload<S, E>(
        &self,
        path: &str,
        if_match: Option<&str>,
        body: S,
    ) -> Result<Written, ClientError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        let body = StreamBody::new(body.map_ok(Frame::data).map_err(Into::into)).boxed_unsync();
        let mut request = with_body(
            Method::PUT,
            format!("/v1/files/content?path={}", encode(path)),
            body,
        );
        if let Some(tag) = if_match {
            request
                .headers_mut()
                .insert(header::IF_MATCH, header_value(tag)?);
        }
        self.json(&self.files, request).await
    }

    /// Makes a folder and those above it; one that is there already is fine.
    pub async fn mkdir(&self, path: &str) -> Result<Entry, ClientError> {
        let target = format!("/v1/files/mkdir?path={}", encode(path));
        self.json(&self.files, request(Method::POST, target, Bytes::new()))
            .await
    }

    /// Deletes a file, or a folder with everything in it.
    pub async fn delete(&self, path: &str) -> Result<(), ClientError> {
        let target = format!("/v1/files?path={}", encode(path));
        self.empty(&self.files, request(Method::DELETE, target, Bytes::new()))
            .await
    }

    /// Moves a file or folder; refused with `exists` when something is at `to`.
    pub async fn rename(&self, from: &str, to: &str) -> Result<Entry, ClientError> {
        let target = format!("/v1/files/rename?from={}&to={}", encode(from), encode(to));
        self.json(&self.files, request(Method::POST, target, Bytes::new()))
            .await
    }

    /// Regular files changed at or after `since_ms` (milliseconds since the epoch), newest first, at most `limit`.
    /// `root` is the folder to look in; the whole workspace without it.
    pub async fn changed(
        &self,
        since_ms: u64,
        limit: usize,
        root: Option<&str>,
    ) -> Result<Changed, ClientError> {
        let root = root
            .map(|root| format!("&root={}", encode(root)))
            .unwrap_or_default();
        self.json(
            &self.files,
            get(format!(
                "/v1/files/changed?since_ms={since_ms}&limit={limit}{root}"
            )),
        )
        .await
    }
}

fn header_value(value: &str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_str(value).map_err(|error| ClientError::Protocol(error.to_string()))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, ClientError> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| ClientError::Protocol(format!("an answer without {name}")))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, ClientError> {
    let text = text(headers, name)?;
    text.parse()
        .map_err(|_| ClientError::Protocol(format!("{name} is not a number: {text}")))
}

/// Start and whole size out of `bytes 5-9/20`.
fn content_range(text: &str) -> Result<(u64, u64), ClientError> {
    let parse = || {
        let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (start, _) = range.split_once('-')?;
        Some((start.parse().ok()?, size.parse().ok()?))
    };
    parse().ok_or_else(|| ClientError::Protocol(format!("content-range: {text}")))
}
