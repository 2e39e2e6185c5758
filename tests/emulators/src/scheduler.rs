//! A stand-in for Cloud Scheduler: keeps jobs, and calls what they name at their times with a token of a service account.
//!
//! It runs in the process that needs it. Its clock is moved by hand ([`Scheduler::pass`]) or by [`Scheduler::keep_time`].

mod attempt;
mod jobs;
mod serve;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use berth_fake_oidc::{ISSUER, Issuer};
use jiff::Timestamp;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use jobs::Jobs;

/// Time between two looks at the clock.
const LOOK: Duration = Duration::from_secs(1);
/// How long an answer may take; Berth's own jobs say the same.
const ATTEMPT: Duration = Duration::from_secs(30);

/// A request that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Method and path.
    pub what: String,
    /// The names after `updateMask=`.
    pub mask: Option<String>,
    /// Its body; null when it had none.
    pub body: Value,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Whom.
    pub uri: String,
    /// The answer's status; `None`: there was none.
    pub status: Option<u16>,
}

#[derive(Debug)]
pub(crate) struct State {
    jobs: Mutex<Jobs>,
    issuer: Issuer,
    client: reqwest::Client,
}

impl State {
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the call of a job, at `now`.
    async fn call(&self, job: &Value, now: Timestamp) -> Called {
        let target = &job["httpTarget"];
        let uri = target["uri"].as_str().unwrap_or_default().to_owned();
        let token = &target["oidcToken"];
        let (account, seconds) = (&token["serviceAccountEmail"], now.as_second());
        let claims = json!({
            "iss": ISSUER,
            "aud": token["audience"],
            "azp": account,
            "sub": account,
            "email": account,
            "email_verified": true,
            "iat": seconds,
            "exp": seconds + 3600,
        });
        let bearer = format!("Bearer {}", self.issuer.sign(&claims));
        let answer = self
            .client
            .post(&uri)
            .header(AUTHORIZATION, bearer)
            .header("X-CloudScheduler", "true")
            .header("X-CloudScheduler-JobName", short_name(job))
            .header("X-CloudScheduler-ScheduleTime", now.to_string())
            .timeout(ATTEMPT)
            .send()
            .await;
        Called {
            uri,
            status: answer.ok().map(|answer| answer.status().as_u16()),
        }
    }
}

/// The last part of a job's name.
fn short_name(job: &Value) -> &str {
    let name = job["name"].as_str().unwrap_or_default();
    name.rsplit('/').next().unwrap_or_default()
}

/// A stand-in that runs as long as this lives.
#[derive(Debug)]
pub struct Scheduler {
    state: Arc<State>,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl Scheduler {
    /// One that begins at `now` and takes `quota` jobs. Tokens are `issuer`'s.
    pub async fn start(issuer: Issuer, now: Timestamp, quota: usize) -> io::Result<Self> {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::at(anywhere, issuer, now, quota).await
    }

    /// The same, listening on `address`.
    pub async fn at(
        address: SocketAddr,
        issuer: Issuer,
        now: Timestamp,
        quota: usize,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            jobs: Mutex::new(Jobs::new(now, quota)),
            issuer,
            client: reqwest::Client::new(),
        });
        let server = axum::serve(listener, serve::router(state.clone()));
        let serving = tokio::spawn(async move {
            let _ = server.await;
        });
        Ok(Self {
            state,
            address,
            tasks: vec![serving],
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the time become `now`, and makes every call that became due on the way, one after the other.
    pub async fn pass(&self, now: Timestamp) -> Vec<Called> {
        pass(&self.state, now).await
    }

    /// From now on time passes as `clock` says.
    pub fn keep_time(&mut self, clock: fn() -> Timestamp) {
        let state = self.state.clone();
        self.tasks.push(tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                pass(&state, clock()).await;
            }
        }));
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.jobs().received.clone()
    }

    /// The jobs, as they are stored.
    pub fn jobs(&self) -> Vec<Value> {
        self.state.jobs().all()
    }

    /// Changes a stored job, as somebody in the console might.
    pub fn tamper(&self, name_ends_with: &str, change: impl FnOnce(&mut Value)) {
        self.state.jobs().tamper(name_ends_with, change);
    }
}

async fn pass(state: &Arc<State>, now: Timestamp) -> Vec<Called> {
    let fires = state.jobs().due(now);
    let mut attempts: BinaryHeap<_> = fires.into_iter().map(Reverse).collect();
    let mut called = Vec::new();
    while let Some(Reverse(attempt)) = attempts.pop() {
        let call = state.call(&attempt.job, attempt.fire).await;
        let failed = call
            .status
            .is_none_or(|status| !(200..300).contains(&status));
        called.push(call);
        if let Some(next) = attempt.again().filter(|_| failed) {
            if next.at <= now {
                attempts.push(Reverse(next));
            } else {
                state.jobs().later(next);
            }
        }
    }
    called
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
