//! The dashboard: `index.html` for every page, files under `/assets/` for ever.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use crate::app::Shared;
use crate::ports::Asset;
use crate::problem::{Code, Result};
use crate::session::{link_token, sign_in};

/// Names under `/assets/` carry a hash of their content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The page itself is asked for each time, and answered with 304 while it is the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Whatever no route has matched: a page, an asset, or nothing.
pub(crate) async fn fallback(State(app): State<Shared>, request: Request) -> Result<Response> {
    let path = request.uri().path();
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    if !readable || path == "/api" || path.starts_with("/api/") {
        return Err(Code::RouteNotFound.into());
    }
    let (name, caching) = if path.starts_with("/assets/") {
        (path.trim_start_matches('/'), IMMUTABLE)
    } else {
        if let Some(token) = link_token(request.uri()) {
            let answer = sign_in(&app, request.uri(), request.headers(), &token).await?;
            return Ok(answer.into_response());
        }
        ("index.html", REVALIDATE)
    };
    let accepted = text(request.headers(), &header::ACCEPT_ENCODING);
    match app.deps.assets.asset(name, accepted) {
        Some(asset) => answer(asset, caching, request.headers()),
        None => Err(Code::RouteNotFound.into()),
    }
}

fn answer(asset: Asset, caching: HeaderValue, request: &HeaderMap) -> Result<Response> {
    let etag = format!("\"{}\"", asset.etag);
    let known = text(request, &header::IF_NONE_MATCH)
        .split(',')
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, caching);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::ETAG, value(&etag)?);
    if known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, value(&asset.media_type)?);
    if let Some(encoding) = asset.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok((headers, asset.bytes).into_response())
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::try_from(text).map_err(|_| Code::Internal.into())
}
