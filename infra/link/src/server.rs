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
use berth_domain::ids::{ConversationId, UserId};
use berth_domain::ports::homes::{Homes, NotHere};
use berth_domain::ports::live::LiveText;
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
    /// This runner's workspaces.
    pub workspaces: Arc<dyn Workspaces>,
    /// What its runs write.
    pub live: Arc<dyn LiveText>,
    /// Whose workspaces are here.
    pub homes: Arc<dyn Homes>,
    /// Who may ask.
    pub gate: Arc<dyn Gate>,
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
        self.homes.settle(user).await.map_err(|not_here| match not_here {
            NotHere::Elsewhere => Failure::Elsewhere,
            NotHere::Unknown(error) => {
                tracing::warn!(user.id = %user, error = &error as &dyn std::error::Error, "cannot tell whose workspace it is");
                Failure::StoreDown
            }
            NotHere::Failed(error) => Failure::Workspace(error),
        })
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
    let user = UserId(user);
    let changes = served.workspaces.status_changes(user);
    lines(&served, user, changes.map(|()| Bytes::from_static(b"\n")))
}

/// A delta a line, as JSON.
async fn live(
    State(served): State<Served>,
    Path((user, conversation)): Path<(uuid::Uuid, uuid::Uuid)>,
) -> Response {
    let user = UserId(user);
    let deltas = served.live.watch(user, ConversationId(conversation));
    let lines_of = deltas.filter_map(async |delta| {
        let mut line = serde_json::to_vec(&delta).ok()?;
        line.push(b'\n');
        Some(Bytes::from(line))
    });
    lines(&served, user, lines_of)
}

/// A stream that begins at once, with an empty line: whoever asked then knows that nothing from here on is missed. It ends when the
/// workspace leaves this runner, so that it is asked for again where that lives then.
fn lines(
    served: &Served,
    user: UserId,
    lines: impl Stream<Item = Bytes> + Send + 'static,
) -> Response {
    let (stopped, left) = (
        served.stop.clone().cancelled_owned(),
        served.homes.left(user),
    );
    let stopped = async move {
        tokio::select! {
            () = stopped => {}
            () = left => {}
        }
    };
    let begin = futures::stream::iter([Bytes::from_static(b"\n")]);
    let lines = begin.chain(lines).take_until(Box::pin(stopped));
    Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>)).into_response()
}
