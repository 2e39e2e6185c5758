//! The client: typed calls over kept connections.
//!
//! Dropping a call's future at any point is safe: the connection it used is closed, and a body that did not arrive
//! whole has no effect.

mod body;
mod connection;
mod files;
mod processes;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{ClientError, ErrorBody, ErrorCode};
use crate::node::{Health, Stats};
use crate::socket;

pub use body::ByteStream;
use body::RequestBody;
use connection::Pool;
pub use files::Download;
pub use processes::Followed;

/// Answers that are read whole are at most this long, so that a misbehaving supervisor cannot exhaust the runner.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A client of one container. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    supervisor: Arc<Pool>,
    files: Arc<Pool>,
}

impl Client {
    /// A client of the sockets in `dir`. Nothing is opened yet: the folder and the sockets may come later.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        Self {
            supervisor: Arc::new(Pool::new(dir.clone(), socket::SUPERVISOR)),
            files: Arc::new(Pool::new(dir, socket::FILES)),
        }
    }

    /// Who answers, and since when.
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.json(&self.supervisor, get("/v1/health".to_owned()))
            .await
    }

    /// Memory, processor time and processes of the whole container.
    pub async fn stats(&self) -> Result<Stats, ClientError> {
        self.json(&self.supervisor, get("/v1/stats".to_owned()))
            .await
    }

    /// Sends and returns the answer's head and body, or the refusal.
    async fn send(
        &self,
        pool: &Arc<Pool>,
        request: Request<RequestBody>,
    ) -> Result<Response<ByteStream>, ClientError> {
        let response = pool.send(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = read_whole(response.into_body()).await?;
        Err(refusal(status, &body))
    }

    async fn json<T: DeserializeOwned>(
        &self,
        pool: &Arc<Pool>,
        request: Request<RequestBody>,
    ) -> Result<T, ClientError> {
        let (_, value) = self.json_with_status(pool, request).await?;
        Ok(value)
    }

    async fn json_with_status<T: DeserializeOwned>(
        &self,
        pool: &Arc<Pool>,
        request: Request<RequestBody>,
    ) -> Result<(StatusCode, T), ClientError> {
        let response = self.send(pool, request).await?;
        let status = response.status();
        let body = read_whole(response.into_body()).await?;
        let value = serde_json::from_slice(&body)
            .map_err(|error| ClientError::Protocol(error.to_string()))?;
        Ok((status, value))
    }

    /// For answers whose body says nothing.
    async fn empty(
        &self,
        pool: &Arc<Pool>,
        request: Request<RequestBody>,
    ) -> Result<(), ClientError> {
        let response = self.send(pool, request).await?;
        read_whole(response.into_body()).await?;
        Ok(())
    }
}

fn get(target: String) -> Request<RequestBody> {
    request(Method::GET, target, Bytes::new())
}

/// A request with a body at hand. `target` is made of our own literals and encoded parts.
fn request(method: Method, target: String, body: Bytes) -> Request<RequestBody> {
    with_body(
        method,
        target,
        Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync(),
    )
}

fn with_body(method: Method, target: String, body: RequestBody) -> Request<RequestBody> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    // Literals and percent-encoding leave nothing a URI could refuse; the fallback would answer 404.
    *request.uri_mut() = target.try_into().unwrap_or_default();
    request
        .headers_mut()
        .insert(header::HOST, header::HeaderValue::from_static("berth"));
    request
}

fn json_request(
    method: Method,
    target: String,
    value: &impl Serialize,
) -> Result<Request<RequestBody>, ClientError> {
    let body =
        serde_json::to_vec(value).map_err(|error| ClientError::Protocol(error.to_string()))?;
    Ok(request(method, target, body.into()))
}

/// Encodes a value of a query.
fn encode(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

async fn read_whole(body: ByteStream) -> Result<Bytes, ClientError> {
    body.read_whole(MAX_ANSWER_BYTES).await
}

fn refusal(status: StatusCode, body: &[u8]) -> ClientError {
    let body = serde_json::from_slice(body).unwrap_or_else(|_| ErrorBody {
        code: ErrorCode::Unknown,
        message: String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned(),
        process: None,
    });
    ClientError::Refused {
        status: status.as_u16(),
        code: body.code,
        message: body.message,
        process: body.process,
    }
}
