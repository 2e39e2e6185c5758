//! What a runner serves to the API.

mod files;

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use berth_domain::clock::Clock;
use berth_domain::ids::{ConversationId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::ports::live::LiveText;
use berth_domain::ports::placements::{Placed, Placements};
use berth_domain::ports::workspaces::{WorkspaceError, Workspaces};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{StatusCode, header};
use tokio_util::sync::CancellationToken;

use crate::wire::{ELSEWHERE, ErrorBody, FAILED, StatusBody};

/// Decides whether a caller is the API.
#[async_trait]
pub trait Gate: Send + Sync + std::fmt::Debug {
    /// Whether this bearer token is one of the API's.
    async fn admits(&self, token: &str) -> bool;
}

/// What is served.
#[derive(Debug, Clone)]
pub struct Served {
    /// This runner.
    pub runner: RunnerId,
    /// Its workspaces.
    pub workspaces: Arc<dyn Workspaces>,
    /// What its runs write.
    pub live: Arc<dyn LiveText>,
    /// Whose workspaces are here.
    pub placements: Arc<dyn Placements>,
    /// Who may ask.
    pub gate: Arc<dyn Gate>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ends the streams.
    pub stop: CancellationToken,
}

/// Everything under `/v1`.
pub fn router(served: Served) -> Router {
    let workspace = Router::new()
        .route("/status", get(status))
        .route("/wake", post(wake))
        .route("/changes", get(changes))
        .route("/files", get(files::list))
        .route(
            "/file",
            get(files::read).put(files::write).delete(files::remove),
        )
        .route("/mkdir", post(files::mkdir))
        .route("/rename", post(files::rename))
        .route("/live/{conversation}", get(live))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Router::new()
        .nest("/v1/workspaces/{user}", workspace)
        .layer(middleware::from_fn_with_state(served.clone(), admit))
        .with_state(served)
}

async fn admit(State(served): State<Served>, request: Request, next: Next) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match token {
        Some(token) if served.gate.admits(token).await => next.run(request).await,
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// An answer that is not the wanted one.
pub(crate) enum Failure {
    Elsewhere,
    StoreDown,
    Workspace(WorkspaceError),
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        Self::Workspace(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere => ELSEWHERE.into_response(),
            Self::StoreDown => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Self::Workspace(error) => (FAILED, Json(ErrorBody::from(error))).into_response(),
        }
    }
}

impl Served {
    /// Makes sure that the workspace is this runner's before anything is done in it: files that were written into a copy that
    /// lives on would be lost.
    async fn own(&self, user: UserId) -> Result<(), Failure> {
        match self
            .placements
            .place(user, &self.runner, self.clock.now())
            .await
        {
            Ok(Placed::Yours(_)) => Ok(()),
            Ok(Placed::Elsewhere(_) | Placed::Refused) => Err(Failure::Elsewhere),
            Err(error) => {
                tracing::warn!(user.id = %user, error = &error as &dyn std::error::Error, "cannot tell whose workspace it is");
                Err(Failure::StoreDown)
            }
        }
    }
}

async fn status(State(served): State<Served>, Path(user): Path<uuid::Uuid>) -> Json<StatusBody> {
    Json(served.workspaces.status(UserId(user)).await.into())
}

async fn wake(
    State(served): State<Served>,
    Path(user): Path<uuid::Uuid>,
) -> Result<StatusCode, Failure> {
    served.own(UserId(user)).await?;
    served.workspaces.wake(UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An empty line for every change.
async fn changes(State(served): State<Served>, Path(user): Path<uuid::Uuid>) -> Response {
    let changes = served.workspaces.status_changes(UserId(user));
    lines(&served, changes.map(|()| Bytes::from_static(b"\n")))
}

/// A delta a line, as JSON.
async fn live(
    State(served): State<Served>,
    Path((user, conversation)): Path<(uuid::Uuid, uuid::Uuid)>,
) -> Response {
    let deltas = served
        .live
        .watch(UserId(user), ConversationId(conversation));
    let lines_of = deltas.filter_map(async |delta| {
        let mut line = serde_json::to_vec(&delta).ok()?;
        line.push(b'\n');
        Some(Bytes::from(line))
    });
    lines(&served, lines_of)
}

/// A stream that begins at once, with an empty line: whoever asked then knows that nothing from here on is missed.
fn lines(served: &Served, lines: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let stopped = served.stop.clone().cancelled_owned();
    let begin = futures::stream::iter([Bytes::from_static(b"\n")]);
    let lines = begin.chain(lines).take_until(stopped);
    Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>)).into_response()
}
