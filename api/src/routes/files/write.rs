//! `PUT /api/files/{path}`

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use berth_domain::ports::workspaces::{ByteStream, WorkspaceError, WorkspaceErrorKind};
use futures::StreamExt;
use futures::stream;
use http::{HeaderMap, StatusCode, header};

use super::path::WorkspacePath;
use super::precondition::{quoted, tags};
use crate::app::{App, Limits, Shared};
use crate::problem::{Code, Problem, Result};
use crate::schema::FileBytes;
use crate::session::Session;

/// Writes a file whole, making the folders above it; nothing is seen of it until it is complete.
///
/// With `If-Match` only over that version, with `If-None-Match: *` only where there is nothing yet.
#[utoipa::path(
    put,
    path = "/api/files/{*path}",
    operation_id = "writeFile",
    tag = "files",
    params(
        ("path" = String, Path, description = "The file, relative to the workspace's root"),
        ("If-Match" = Option<String>, Header, description = "The version that may be replaced"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: replace nothing")
    ),
    request_body(content = inline(FileBytes), content_type = "application/octet-stream", description = "The file; 1 GiB at most unless configured otherwise"),
    responses(
        (status = 201, description = "Made", headers(("ETag" = String, description = "Its version"))),
        (status = 204, description = "Replaced", headers(("ETag" = String, description = "Its version"))),
        (status = 408, description = "The upload stood still: `file.slow`"),
        (status = 409, description = "It is a folder: `file.kind`"),
        (status = 412, description = "Another version is there: `file.changed`"),
        (status = 507, description = "The disk is full: `file.no_space`")
    )
)]
#[tracing::instrument(name = "api.files.write", skip_all, fields(user.id))]
pub(super) async fn write_file(
    State(app): State<Shared>,
    session: Session,
    path: WorkspacePath,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, [(header::HeaderName, String); 1])> {
    let limits = app.config.limits;
    if announced(&headers).is_some_and(|length| length > limits.upload_bytes) {
        return Err(Code::FileTooLarge.into());
    }
    let current = current_version(&app, &session, &path).await?;
    let if_match = expected_version(&headers, current.as_deref())?;
    let upload = Upload::default();
    let bytes = upload.stream(body, limits);
    let written = app
        .deps
        .workspaces
        .write(session.user_id, path.as_str(), if_match.as_deref(), bytes)
        .await;
    let etag = written.map_err(|error| upload.problem().unwrap_or_else(|| error.into()))?;
    let status = match current {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::CREATED,
    };
    Ok((status, [(header::ETAG, quoted(&etag))]))
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The version that is there now; `None` when there is no such file.
async fn current_version(
    app: &App,
    session: &Session,
    path: &WorkspacePath,
) -> Result<Option<String>> {
    let workspaces = &app.deps.workspaces;
    match workspaces.read(session.user_id, path.as_str(), None).await {
        Ok(content) => Ok(Some(content.etag)),
        Err(error) if error.kind == WorkspaceErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The version that the workspace is told to insist on; an error when the conditions fail already.
fn expected_version(headers: &HeaderMap, current: Option<&str>) -> Result<Option<String>> {
    let only_new = tags(headers, header::IF_NONE_MATCH)
        .iter()
        .any(|tag| tag == "*");
    if only_new && current.is_some() {
        return Err(Code::FileChanged.into());
    }
    let expected = tags(headers, header::IF_MATCH);
    if expected.is_empty() {
        return Ok(None);
    }
    let matching = current.filter(|current| {
        let current = current.trim_matches('"');
        expected.iter().any(|tag| tag == "*" || tag == current)
    });
    match matching {
        Some(current) => Ok(Some(current.to_owned())),
        None => Err(Code::FileChanged.into()),
    }
}

/// What went wrong with the body, remembered here: the workspace sees only that its stream broke off.
#[derive(Debug, Default)]
struct Upload(Arc<Mutex<Option<Code>>>);

impl Upload {
    fn problem(&self) -> Option<Problem> {
        let code = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        code.map(Problem::from)
    }

    /// The body, cut off at the size limit and when the client falls silent.
    fn stream(&self, body: Body, limits: Limits) -> ByteStream {
        let failure = Arc::clone(&self.0);
        let fail = move |code| {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
            WorkspaceError {
                kind: match code {
                    Code::FileTooLarge => WorkspaceErrorKind::TooLarge,
                    _ => WorkspaceErrorKind::Cut,
                },
                operation: "files.write",
                detail: "the upload broke off".to_owned(),
            }
        };
        let state = (body.into_data_stream(), limits.upload_bytes, false);
        let bytes = stream::unfold(state, move |(mut body, left, failed)| {
            let fail = fail.clone();
            async move {
                if failed {
                    return None;
                }
                let item = next_chunk(&mut body, limits.upload_idle).await?;
                let item = item.and_then(|chunk| fits(chunk, left)).map_err(fail);
                let taken = item.as_ref().map_or(0, |chunk: &Bytes| chunk.len() as u64);
                let failed = item.is_err();
                Some((item, (body, left - taken, failed)))
            }
        });
        bytes.boxed()
    }
}

async fn next_chunk(
    body: &mut axum::body::BodyDataStream,
    idle: Duration,
) -> Option<std::result::Result<Bytes, Code>> {
    match tokio::time::timeout(idle, body.next()).await {
        Ok(Some(Ok(chunk))) => Some(Ok(chunk)),
        Ok(Some(Err(_))) => Some(Err(Code::FileCut)),
        Ok(None) => None,
        Err(_) => Some(Err(Code::FileSlow)),
    }
}

fn fits(chunk: Bytes, left: u64) -> std::result::Result<Bytes, Code> {
    if chunk.len() as u64 <= left {
        Ok(chunk)
    } else {
        Err(Code::FileTooLarge)
    }
}
