//! A role as a process of its own.

use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context as _;
use berth_harness::DEADLINE;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::io::BufReader;
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

use super::PUBLIC;

/// A process of one role.
pub(crate) struct Role {
    base: String,
    client: Client,
    child: Child,
    _out: BufReader<ChildStdout>,
}

impl Role {
    pub(super) fn new(
        base: &str,
        client: Client,
        child: Child,
        out: BufReader<ChildStdout>,
    ) -> Self {
        Self {
            base: base.to_owned(),
            client,
            child,
            _out: out,
        }
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        Ok(timeout(DEADLINE, request.send()).await??)
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        self.send(self.client.get(url).header("host", "berth.example"))
            .await
    }

    /// As somebody who is signed in.
    pub(crate) async fn get_as(&self, path: &str, cookie: &str) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let request = self.client.get(url).header("host", "berth.example");
        self.send(request.header("cookie", cookie)).await
    }

    pub(crate) async fn post_as(
        &self,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let request = self.client.post(url).header("host", "berth.example");
        let request = request.header("cookie", cookie).header("origin", PUBLIC);
        self.send(request.json(body)).await
    }

    /// As a service.
    pub(crate) async fn call(&self, path: &str, token: &str) -> anyhow::Result<u16> {
        let request = self.client.post(format!("{}{path}", self.base));
        let answer = self.send(request.bearer_auth(token)).await?;
        Ok(answer.status().as_u16())
    }

    /// Asks as a platform does, again and again: an emulator that has just started takes its time.
    pub(crate) async fn until_ready(&self) -> anyhow::Result<()> {
        let ready = async {
            while self.get("/readyz").await?.status() != 204 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        timeout(DEADLINE, ready).await?
    }

    /// Ends it without a word.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(timeout(DEADLINE, self.child.kill()).await??)
    }

    /// Asks it to end, as a platform does.
    pub(crate) async fn terminate(self) -> anyhow::Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.ended().await
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(mut self) -> anyhow::Result<ExitStatus> {
        Ok(timeout(DEADLINE, self.child.wait()).await??)
    }

    /// Puts it to sleep, as a machine does that is suspended: it does nothing, and does not know.
    pub(crate) fn pause(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// It goes on where it was.
    pub(crate) fn wake(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = self.child.id().context("it has ended by itself")?;
        Ok(kill(Pid::from_raw(i32::try_from(id)?), signal)?)
    }
}
