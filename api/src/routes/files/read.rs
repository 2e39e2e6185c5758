//! `GET /api/files/{path}`

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use berth_domain::ports::workspaces::{ByteRange, FileContent};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::WorkspacePath;
use super::precondition::{Part, matches_any, quoted, range};
use super::zip::zip_folder;
use crate::app::{App, Shared};
use crate::download::{attachment, value};
use crate::extract::Query;
use crate::problem::{Code, Problem, Result};
use crate::schema::FileBytes;
use crate::session::Session;

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadQuery {
    /// When given, with any value: a zip of the folder (or of the one file), streamed. `name`, as often as wanted, chooses of what is
    /// in the folder.
    zip: Option<String>,
}

/// Downloads a file, a part of it, or with `?zip` a folder.
///
/// Files are made by agents: they are always sent as attachments, sandboxed, and never run in the dashboard's origin.
#[utoipa::path(
    get,
    path = "/api/files/{*path}",
    operation_id = "readFile",
    tag = "files",
    params(
        ("path" = String, Path, description = "The file, relative to the workspace's root"),
        ReadQuery,
        ("Range" = Option<String>, Header, description = "One range of bytes"),
        ("If-None-Match" = Option<String>, Header, description = "Versions the client has")
    ),
    responses(
        (
            status = 200,
            content((inline(FileBytes) = "application/octet-stream"), (inline(FileBytes) = "application/zip")),
            description = "The file; its media type is guessed from the name. Or a zip"
        ),
        (status = 206, content_type = "application/octet-stream", body = inline(FileBytes), description = "The part"),
        (status = 304, description = "The client has this version"),
        (status = 409, description = "It is a folder: `file.kind`. Of a zip: too much for one, or with unsafe names: `file.zip_too_large`, `file.zip_name`"),
        (status = 416, description = "The file has no such part: `file.range`")
    )
)]
#[tracing::instrument(name = "api.files.read", skip_all, fields(user.id))]
pub(super) async fn read_file(
    State(app): State<Shared>,
    session: Session,
    path: WorkspacePath,
    Query(query): Query<ReadQuery>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    if query.zip.is_some() {
        return zip_folder(&app, &session, &path, raw.as_deref()).await;
    }
    let whole = open(&app, &session, &path, None).await?;
    let etag = quoted(&whole.etag);
    if matches_any(&headers, header::IF_NONE_MATCH, &whole.etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let same = !headers.contains_key(header::IF_RANGE)
        || matches_any(&headers, header::IF_RANGE, &whole.etag);
    match range(&headers).of(whole.size) {
        Part::Bytes(first, last) if same => {
            let part = open(&app, &session, &path, Some((first, Some(last)))).await?;
            answer(&path, part, StatusCode::PARTIAL_CONTENT)
        }
        Part::Nothing if same => {
            let size = format!("bytes */{}", whole.size);
            let headers = [(header::CONTENT_RANGE, size), (header::ETAG, etag)];
            Ok((headers, Problem::from(Code::FileRange)).into_response())
        }
        _ => answer(&path, whole, StatusCode::OK),
    }
}

async fn open(
    app: &App,
    session: &Session,
    path: &WorkspacePath,
    range: Option<ByteRange>,
) -> Result<FileContent> {
    let workspaces = &app.deps.workspaces;
    let content = workspaces.read(session.user_id, path.as_str(), range).await;
    Ok(content?)
}

fn answer(path: &WorkspacePath, content: FileContent, status: StatusCode) -> Result<Response> {
    let mut response = (status, Body::from_stream(content.bytes)).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::PARTIAL_CONTENT {
        let last = (content.start + content.length).saturating_sub(1);
        let range = format!("bytes {}-{last}/{}", content.start, content.size);
        headers.insert(header::CONTENT_RANGE, value(&range)?);
    }
    headers.insert(header::CONTENT_LENGTH, content.length.into());
    headers.insert(header::CONTENT_TYPE, value(&media_type(path.name()))?);
    headers.insert(
        header::CONTENT_DISPOSITION,
        value(&attachment(path.name()))?,
    );
    headers.insert(header::ETAG, value(&quoted(&content.etag))?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    Ok(response)
}

fn media_type(name: &str) -> String {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    if guess.type_() == mime_guess::mime::TEXT {
        format!("{guess}; charset=utf-8")
    } else {
        guess.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_come_from_the_name() {
        assert_eq!(media_type("a.CSV"), "text/csv; charset=utf-8");
        assert_eq!(media_type("chart.png"), "image/png");
        assert_eq!(media_type("noext"), "application/octet-stream");
    }
}
