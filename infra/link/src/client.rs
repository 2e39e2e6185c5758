//! The port `workspaces`, by asking the runner that has the workspace.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{
    ByteRange, ByteStream, FileContent, Listing, WorkspaceError, WorkspaceErrorKind,
    WorkspaceState, WorkspaceStatus, Workspaces,
};
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, Method, header};
use reqwest::{Body, Response};
use serde::de::DeserializeOwned;

use crate::live::follow;
use crate::locate::{Ask, Locator, unavailable};
use crate::wire::{FILE_SIZE, FILE_START, ListingBody, StatusBody, Written};

/// Workspaces on other machines.
#[derive(Debug, Clone)]
pub struct RemoteWorkspaces(Locator);

impl RemoteWorkspaces {
    /// Workspaces wherever `locator` finds them.
    pub fn new(locator: Locator) -> Self {
        Self(locator)
    }

    async fn plain(&self, ask: Ask<'_>) -> Result<Response, WorkspaceError> {
        self.0.ask(ask, Some).await
    }

    /// What its runner says; of one that is on no runner, whether it has ever been on one.
    async fn status_of(&self, user: UserId) -> Result<WorkspaceStatus, WorkspaceError> {
        const OPERATION: &str = "link.status";
        let Some(runner) = self.0.home(user).await? else {
            // Its files are in a snapshot, or there are none yet: it is made ready when it is used.
            let known = self.0.is_known(user).await?;
            return Ok(without_figures(if known {
                WorkspaceState::Stopped
            } else {
                WorkspaceState::Absent
            }));
        };
        let path = format!("/v1/workspaces/{user}/status");
        let request = self.0.request(Method::GET, &runner, &path).await?;
        let answer = request.send().await.and_then(Response::error_for_status);
        let answer = answer.map_err(|error| unavailable(OPERATION, &error))?;
        let body: StatusBody = json(OPERATION, answer).await?;
        body.into_domain()
            .ok_or_else(|| unavailable(OPERATION, &"a state that is not known here"))
    }
}

fn without_figures(state: WorkspaceState) -> WorkspaceStatus {
    WorkspaceStatus {
        state,
        memory_bytes: None,
        memory_limit_bytes: None,
        cpu_percent: None,
    }
}

async fn json<T: DeserializeOwned>(
    operation: &'static str,
    answer: Response,
) -> Result<T, WorkspaceError> {
    let body = answer.json().await;
    body.map_err(|error| unavailable(operation, &error))
}

fn number(headers: &HeaderMap, name: &str) -> Result<u64, WorkspaceError> {
    let value = headers
        .get(name)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    value.ok_or_else(|| unavailable("link.read", &format!("an answer without {name}")))
}

fn file(answer: Response) -> Result<FileContent, WorkspaceError> {
    let headers = answer.headers();
    let etag = headers
        .get(header::ETAG)
        .and_then(|value| value.to_str().ok());
    let etag = etag.ok_or_else(|| unavailable("link.read", &"an answer without a version"))?;
    Ok(FileContent {
        size: number(headers, FILE_SIZE)?,
        start: number(headers, FILE_START)?,
        length: number(headers, header::CONTENT_LENGTH.as_str())?,
        etag: etag.to_owned(),
        bytes: answer
            .bytes_stream()
            .map_err(|error| WorkspaceError {
                kind: WorkspaceErrorKind::Cut,
                operation: "link.read",
                detail: error.to_string(),
            })
            .boxed(),
    })
}

fn ask<'a>(
    operation: &'static str,
    user: UserId,
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
) -> Ask<'a> {
    Ask {
        operation,
        user,
        method,
        path,
        query,
    }
}

#[async_trait]
impl Workspaces for RemoteWorkspaces {
    async fn status(&self, user: UserId) -> WorkspaceStatus {
        self.status_of(user).await.unwrap_or_else(|error| {
            tracing::debug!(user.id = %user, %error, "workspace state is unknown");
            without_figures(WorkspaceState::Starting)
        })
    }

    async fn wake(&self, user: UserId) -> Result<(), WorkspaceError> {
        self.plain(ask("link.wake", user, Method::POST, "/wake", &[]))
            .await
            .map(drop)
    }

    fn status_changes(&self, user: UserId) -> BoxStream<'static, ()> {
        let changes = follow(self.0.clone(), user, "/changes".to_owned());
        changes.map(drop).boxed()
    }

    async fn list(&self, user: UserId, path: &str) -> Result<Listing, WorkspaceError> {
        let query = [("path", path)];
        let answer = self
            .plain(ask("link.list", user, Method::GET, "/files", &query))
            .await?;
        let body: ListingBody = json("link.list", answer).await?;
        Ok(body.into())
    }

    async fn read(
        &self,
        user: UserId,
        path: &str,
        range: Option<ByteRange>,
    ) -> Result<FileContent, WorkspaceError> {
        let (start, end) = match range {
            Some((start, end)) => (Some(start.to_string()), end.map(|end| end.to_string())),
            None => (None, None),
        };
        let mut query = vec![("path", path)];
        query.extend(start.as_deref().map(|start| ("start", start)));
        query.extend(end.as_deref().map(|end| ("end", end)));
        file(
            self.plain(ask("link.read", user, Method::GET, "/file", &query))
                .await?,
        )
    }

    async fn write(
        &self,
        user: UserId,
        path: &str,
        if_match: Option<&str>,
        bytes: ByteStream,
    ) -> Result<String, WorkspaceError> {
        // A workspace that is nowhere yet, or has just moved, is found before the bytes are on their way: they can be sent only once.
        self.wake(user).await?;
        let mut query = vec![("path", path)];
        query.extend(if_match.map(|etag| ("if_match", etag)));
        let mut bytes = Some(bytes);
        let answer = self
            .0
            .ask(
                ask("link.write", user, Method::PUT, "/file", &query),
                |request| {
                    let body = bytes.take()?.map_err(std::io::Error::other);
                    Some(request.body(Body::wrap_stream(body)))
                },
            )
            .await?;
        let written: Written = json("link.write", answer).await?;
        Ok(written.etag)
    }

    async fn mkdir(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        let query = [("path", path)];
        self.plain(ask("link.mkdir", user, Method::POST, "/mkdir", &query))
            .await
            .map(drop)
    }

    async fn rename(&self, user: UserId, from: &str, to: &str) -> Result<(), WorkspaceError> {
        let query = [("from", from), ("to", to)];
        self.plain(ask("link.rename", user, Method::POST, "/rename", &query))
            .await
            .map(drop)
    }

    async fn remove(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        let query = [("path", path)];
        self.plain(ask("link.remove", user, Method::DELETE, "/file", &query))
            .await
            .map(drop)
    }
}
