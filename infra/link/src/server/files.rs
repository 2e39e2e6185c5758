//! The files of a workspace.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use futures::{StreamExt as _, TryStreamExt as _};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use uuid::Uuid;

use super::{Failure, Served};
use crate::wire::{FILE_SIZE, FILE_START, ListingBody, Written};

#[derive(Debug, Deserialize)]
pub(super) struct At {
    path: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    path: String,
    start: Option<u64>,
    end: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Over {
    path: String,
    if_match: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Move {
    from: String,
    to: String,
}

pub(super) async fn list(
    State(served): State<Served>,
    Path(user): Path<Uuid>,
    Query(at): Query<At>,
) -> Result<Json<ListingBody>, Failure> {
    served.own(UserId(user)).await?;
    let listing = served.workspaces.list(UserId(user), &at.path).await?;
    Ok(Json(listing.into()))
}

pub(super) async fn read(
    State(served): State<Served>,
    Path(user): Path<Uuid>,
    Query(part): Query<Part>,
) -> Result<Response, Failure> {
    served.own(UserId(user)).await?;
    let range = part.start.map(|start| (start, part.end));
    let file = served
        .workspaces
        .read(UserId(user), &part.path, range)
        .await?;
    let etag = HeaderValue::from_str(&file.etag).map_err(|error| WorkspaceError {
        kind: WorkspaceErrorKind::Unavailable,
        operation: "link.read",
        detail: error.to_string(),
    })?;
    // A stream that fails breaks off before the promised length, which the other side sees.
    let mut response = Body::from_stream(file.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag);
    headers.insert(header::CONTENT_LENGTH, file.length.into());
    headers.insert(FILE_SIZE, file.size.into());
    headers.insert(FILE_START, file.start.into());
    Ok(response)
}

pub(super) async fn write(
    State(served): State<Served>,
    Path(user): Path<Uuid>,
    Query(over): Query<Over>,
    body: Body,
) -> Result<Json<Written>, Failure> {
    served.own(UserId(user)).await?;
    // A body that breaks off is an error of its stream, so that half a file is never taken for a whole one.
    let bytes = body.into_data_stream().map_err(|error| WorkspaceError {
        kind: WorkspaceErrorKind::Cut,
        operation: "link.write",
        detail: error.to_string(),
    });
    let if_match = over.if_match.as_deref();
    let written = served
        .workspaces
        .write(UserId(user), &over.path, if_match, bytes.boxed());
    let etag = written.await?;
    served.homes.changed(UserId(user));
    Ok(Json(Written { etag }))
}

pub(super) async fn mkdir(
    State(served): State<Served>,
    Path(user): Path<Uuid>,
    Query(at): Query<At>,
) -> Result<StatusCode, Failure> {
    served.own(UserId(user)).await?;
    served.workspaces.mkdir(UserId(user), &at.path).await?;
    served.homes.changed(UserId(user));
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn rename(
    State(served): State<Served>,
    Path(user): Path<Uuid>,
    Query(moved): Query<Move>,
) -> Result<StatusCode, Failure> {
    served.own(UserId(user)).await?;
    let renamed = served
        .workspaces
        .rename(UserId(user), &moved.from, &moved.to);
    renamed.await?;
    served.homes.changed(UserId(user));
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(served): State<Served>,
    Path(user): Path<Uuid>,
    Query(at): Query<At>,
) -> Result<StatusCode, Failure> {
    served.own(UserId(user)).await?;
    served.workspaces.remove(UserId(user), &at.path).await?;
    served.homes.changed(UserId(user));
    Ok(StatusCode::NO_CONTENT)
}
