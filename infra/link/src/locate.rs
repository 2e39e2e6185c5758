//! Which runner to ask, and how.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use berth_domain::placement::{Registration, Stage, Standing};
use berth_domain::ports::placements::Placements;
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use berth_domain::secret::Secret;
use http::{Method, StatusCode};
use reqwest::{Client, RequestBuilder, Response};

use crate::wire::{ELSEWHERE, ErrorBody, FAILED, kind};

/// For a connection inside the private network.
const CONNECT: Duration = Duration::from_secs(3);
/// Runners that are asked before a request is given up: where it lives, and where it has moved to in the meantime.
const ATTEMPTS: usize = 2;

/// Shows who asks.
#[async_trait]
pub trait Pass: Send + Sync + std::fmt::Debug {
    /// A bearer token for the runner.
    async fn token(&self) -> Result<Secret, NoPass>;
}

/// There is no token to be had.
#[derive(Debug)]
pub struct NoPass(pub String);

/// Finds the runners and speaks to them. Clones share connections.
#[derive(Debug, Clone)]
pub struct Locator {
    placements: Arc<dyn Placements>,
    pass: Arc<dyn Pass>,
    clock: Arc<dyn Clock>,
    client: Client,
}

/// A request to a workspace's runner.
pub(crate) struct Ask<'a> {
    pub operation: &'static str,
    pub user: UserId,
    pub method: Method,
    /// Below the workspace: `/wake`.
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
}

pub(crate) fn unavailable(
    operation: &'static str,
    detail: &dyn std::fmt::Display,
) -> WorkspaceError {
    WorkspaceError {
        kind: WorkspaceErrorKind::Unavailable,
        operation,
        detail: detail.to_string(),
    }
}

impl Locator {
    /// A locator over what the store says.
    pub fn new(
        placements: Arc<dyn Placements>,
        pass: Arc<dyn Pass>,
        clock: Arc<dyn Clock>,
    ) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT)
            // Inside the private network there is nothing between, whatever the environment says.
            .no_proxy()
            .build()?;
        Ok(Self {
            placements,
            pass,
            clock,
            client,
        })
    }

    /// The runner on which the workspace lives, if it lives on one.
    pub(crate) async fn home(&self, user: UserId) -> Result<Option<Registration>, WorkspaceError> {
        let failed = |error| unavailable("link.locate", &error);
        let placement = self.placements.placement(user).await.map_err(failed)?;
        let Some(placement) = placement.filter(|found| found.stage != Stage::Released) else {
            return Ok(None);
        };
        let runners = self.placements.runners(self.clock.now()).await;
        let mut runners = runners.map_err(failed)?.into_iter();
        Ok(runners.find(|runner| runner.runner.name == placement.runner.name))
    }

    /// Whether the workspace has ever been on a runner.
    pub(crate) async fn is_known(&self, user: UserId) -> Result<bool, WorkspaceError> {
        let placement = self.placements.placement(user).await;
        let placement = placement.map_err(|error| unavailable("link.locate", &error))?;
        Ok(placement.is_some())
    }

    /// A runner that may take a workspace: different users begin at different ones.
    async fn any(&self, user: UserId) -> Result<Registration, WorkspaceError> {
        let runners = self.placements.runners(self.clock.now()).await;
        let mut runners = runners.map_err(|error| unavailable("link.locate", &error))?;
        runners.retain(|runner| runner.standing == Standing::Serving);
        if runners.is_empty() {
            return Err(unavailable("link.locate", &"no runner is up"));
        }
        let place = user.0.as_u128() % runners.len() as u128;
        // Less than the length, which is a usize.
        Ok(runners.swap_remove(usize::try_from(place).unwrap_or(0)))
    }

    /// A request to a runner, with who asks.
    pub(crate) async fn request(
        &self,
        method: Method,
        runner: &Registration,
        path: &str,
    ) -> Result<RequestBuilder, WorkspaceError> {
        let token = self.pass.token().await;
        let token = token.map_err(|NoPass(why)| unavailable("link.pass", &why))?;
        let address = format!("http://{}{path}", runner.address);
        Ok(self
            .client
            .request(method, address)
            .bearer_auth(token.expose()))
    }

    /// Asks the workspace's runner, or one that then takes it. `body` makes the request's body, and is called once an attempt.
    pub(crate) async fn ask(
        &self,
        ask: Ask<'_>,
        mut body: impl FnMut(RequestBuilder) -> Option<RequestBuilder>,
    ) -> Result<Response, WorkspaceError> {
        let path = format!("/v1/workspaces/{}{}", ask.user, ask.path);
        for _ in 0..ATTEMPTS {
            let runner = match self.home(ask.user).await? {
                Some(runner) => runner,
                None => self.any(ask.user).await?,
            };
            let request = self.request(ask.method.clone(), &runner, &path).await?;
            // What has been streamed once cannot be streamed again.
            let Some(request) = body(request.query(ask.query)) else {
                break;
            };
            let answer = request.send().await;
            let answer = answer.map_err(|error| unavailable(ask.operation, &error))?;
            match answer.status() {
                ELSEWHERE => {}
                FAILED => {
                    let error: ErrorBody = answer
                        .json()
                        .await
                        .map_err(|error| unavailable(ask.operation, &error))?;
                    return Err(WorkspaceError {
                        kind: kind(&error.kind),
                        operation: ask.operation,
                        detail: error.detail,
                    });
                }
                status if status.is_success() => return Ok(answer),
                status => return Err(unavailable(ask.operation, &refused(status, &runner))),
            }
        }
        Err(unavailable(
            ask.operation,
            &"the workspace is on its way between two runners",
        ))
    }
}

fn refused(status: StatusCode, runner: &Registration) -> String {
    format!("the runner at {} answered {status}", runner.address)
}
