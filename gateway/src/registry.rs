//! Package indexes, read only: pip and npm work in a container without a network.
//!
//! An index page is fetched from the image's own index and its links are rewritten to pass through here. A link carries a
//! signature, so the proxy fetches files that an index named and nothing else. No caller's credential, cookie or body goes
//! out. Needs no token: the socket names the workspace, and reading public packages spends nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use url::Url;

use crate::http::{Body, Refusal, copy_fields, full};
use crate::server::{Context, Workspace};

mod link;
mod rewrite;
mod source;

use link::Linker;
use source::Kind;
pub(crate) use source::Sources;

const MAX_REDIRECTS: usize = 5;
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);

/// What a package manager may say to an index: which representation, and what it has already.
const REQUEST_FIELDS: &[HeaderName] = &[
    header::ACCEPT,
    header::USER_AGENT,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
];

/// What an index may answer. Lengths are added where the body is not changed.
const RESPONSE_FIELDS: &[HeaderName] = &[
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::CACHE_CONTROL,
    header::ACCEPT_RANGES,
    header::CONTENT_RANGE,
    header::RETRY_AFTER,
];

/// Answers `/registry/{path}`.
pub(crate) async fn handle(
    context: &Arc<Context>,
    workspace: &Workspace,
    path: &str,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let (parts, _body) = request.into_parts();
    if parts.method != Method::GET && parts.method != Method::HEAD {
        let message = "package registries are read-only here";
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request_error",
            message,
        ));
    }
    let sources = workspace.sources();
    let key = &context.config.token_key;
    let target = sources.target(path, key)?;
    let fetched = fetch(
        context,
        &sources,
        &parts.method,
        target.url.clone(),
        &parts.headers,
    )
    .await?;
    let rewritable = parts.method == Method::GET && fetched.response.status() == StatusCode::OK;
    match (target.kind, media_type(&fetched.response)) {
        (kind, Some(media)) if rewritable && rewrite::is_index(kind, &media) => {
            let linker = Linker::new(key, &sources, origin(&parts.headers));
            rewritten(context, fetched, kind, &media, &linker).await
        }
        // Of a Python index only pages are passed on: anything else would be a file nobody signed.
        (Kind::Pypi, _) if rewritable => Err(Refusal::bad_gateway(
            "the package index answered with something else",
        )),
        _ => Ok(stream(fetched.response)),
    }
}

/// A response and the address it came from in the end, which relative links refer to.
struct Fetched {
    response: Response<Incoming>,
    from: Url,
}

async fn fetch(
    context: &Context,
    sources: &Sources,
    method: &Method,
    mut url: Url,
    headers: &HeaderMap,
) -> Result<Fetched, Refusal> {
    let unreachable = || Refusal::bad_gateway("the package index could not be reached");
    for _ in 0..=MAX_REDIRECTS {
        if !sources.may_fetch(&url) {
            return Err(Refusal::bad_gateway(
                "the package index points to an address that is not fetched",
            ));
        }
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = url.as_str().parse().map_err(|_| unreachable())?;
        copy_fields(headers, request.headers_mut(), REQUEST_FIELDS);
        request.headers_mut().insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let sent = tokio::time::timeout(RESPONSE_TIMEOUT, context.upstream.send(request)).await;
        let response = sent.map_err(|_| unreachable())?.map_err(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a package index could not be reached"
            );
            unreachable()
        })?;
        match redirect(&response, &url) {
            Some(next) => url = next,
            None => {
                return Ok(Fetched {
                    response,
                    from: url,
                });
            }
        }
    }
    Err(Refusal::bad_gateway(
        "the package index redirects too often",
    ))
}

fn redirect(response: &Response<Incoming>, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    from.join(location).ok()
}

/// Passes a body on as it arrives.
fn stream(response: Response<Incoming>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let mut out = Response::new(body.map_err(Into::into).boxed_unsync());
    *out.status_mut() = parts.status;
    copy_fields(&parts.headers, out.headers_mut(), RESPONSE_FIELDS);
    copy_fields(
        &parts.headers,
        out.headers_mut(),
        &[header::CONTENT_LENGTH, header::CONTENT_ENCODING],
    );
    out
}

async fn rewritten(
    context: &Context,
    fetched: Fetched,
    kind: Kind,
    media: &str,
    linker: &Linker<'_>,
) -> Result<Response<Body>, Refusal> {
    let (parts, body) = fetched.response.into_parts();
    if parts
        .headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(Refusal::bad_gateway(
            "the package index answered compressed, although it was asked not to",
        ));
    }
    let body = Limited::new(body, context.config.limits.index_bytes)
        .collect()
        .await;
    let body = body.map_err(|_| {
        Refusal::bad_gateway("the package index's page is too large or ended early")
    })?;
    let page = rewrite::page(kind, media, &body.to_bytes(), &fetched.from, linker);
    let page =
        page.ok_or_else(|| Refusal::bad_gateway("the package index's page could not be read"))?;
    let mut out = Response::new(full(page));
    *out.status_mut() = parts.status;
    copy_fields(&parts.headers, out.headers_mut(), RESPONSE_FIELDS);
    Ok(out)
}

fn media_type(response: &Response<Incoming>) -> Option<String> {
    let value = response
        .headers()
        .get(header::CONTENT_TYPE)?
        .to_str()
        .ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// Where the caller reaches this proxy: what its links begin with. The container's own word about itself.
fn origin(headers: &HeaderMap) -> String {
    let plain = |host: &&str| {
        host.len() <= 255
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(plain);
    format!("http://{}", host.unwrap_or("localhost"))
}
