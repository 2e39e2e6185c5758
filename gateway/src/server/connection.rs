//! One connection, which carries one request.
//!
//! Connections are not reused: behind a Unix socket a new one costs microseconds, and where there is no second request there
//! is nothing to smuggle it in, nothing outlives its answer, and a head needs to be checked once.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::sync::OwnedSemaphorePermit;

use super::{Context, Workspace, route};
use crate::http::head::{HeadError, read_head};
use crate::http::prefixed::Prefixed;

/// A connection's place among those its workspace may have; a tunnel keeps it until it ends.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    _permit: Arc<Option<OwnedSemaphorePermit>>,
}

pub(super) async fn serve(
    context: Arc<Context>,
    workspace: Arc<Workspace>,
    mut stream: UnixStream,
    permit: Option<OwnedSemaphorePermit>,
) {
    let place = Place {
        _permit: Arc::new(permit),
    };
    let limits = &context.config.limits;
    let head = match read_head(
        &mut stream,
        limits.head_bytes,
        limits.head_fields,
        limits.head_timeout,
    )
    .await
    {
        Ok(head) => head,
        Err(error) => return refuse(stream, &error).await,
    };
    let max_fields = limits.head_fields;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        let (context, workspace) = (Arc::clone(&context), Arc::clone(&workspace));
        async move { Ok::<_, Infallible>(route::answer(&context, &workspace, request).await) }
    });
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_headers(max_fields);
    let connection = http
        .serve_connection(TokioIo::new(Prefixed::new(head, stream)), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        // The caller left, or its body was malformed: it has been told, if it is still there.
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a gateway connection ended early"
        );
    }
}

/// Answers without a parser, for what no parser should see.
async fn refuse(mut stream: UnixStream, error: &HeadError) {
    let status = match error {
        HeadError::Closed => return,
        HeadError::Timeout => "408 Request Timeout",
        HeadError::TooLarge => "431 Request Header Fields Too Large",
        HeadError::Malformed(_) => "400 Bad Request",
    };
    let body = crate::http::Refusal::bad_request(error.to_string()).json();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Nothing can be done for a caller that does not take its refusal.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}
