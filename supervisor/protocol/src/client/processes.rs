//! Calls about processes.

use bytes::Bytes;
use http::{Method, StatusCode};

use super::{ByteStream, Client, MAX_ANSWER_BYTES, encode, get, json_request, request};
use crate::error::{ClientError, ErrorCode};
use crate::process::{
    Process, ProcessId, ProcessList, ProcessSpec, Signal, SignalRequest, SignalTarget, Started,
    StdinAccepted,
};

/// A process that was started or found, and its stdout.
#[derive(Debug)]
pub struct Followed {
    pub started: Started,
    /// From byte 0 on, as of [`Client::stdout`]. Absent where the process was found, or the supervisor does not know yet how to
    /// answer with it: it can be asked for by itself.
    pub stdout: Option<ByteStream>,
}

impl Client {
    /// Starts a process, or finds the one of the same id: repeating the call starts nothing twice.
    pub async fn start(&self, spec: &ProcessSpec) -> Result<Started, ClientError> {
        let request = json_request(Method::POST, "/v1/processes".to_owned(), spec)?;
        let (status, process) = self.json_with_status(&self.supervisor, request).await?;
        Ok(Started {
            created: status == StatusCode::CREATED,
            process,
        })
    }

    /// [`start`](Self::start), and [`stdout`](Self::stdout) in the same answer.
    pub async fn start_and_follow(&self, spec: &ProcessSpec) -> Result<Followed, ClientError> {
        let target = "/v1/processes?follow=1".to_owned();
        let request = json_request(Method::POST, target, spec)?;
        let response = self.send(&self.supervisor, request).await?;
        let created = response.status() == StatusCode::CREATED;
        let mut stdout = response.into_body();
        let (line, follows) = stdout.read_line(MAX_ANSWER_BYTES).await?;
        let process = serde_json::from_slice(&line)
            .map_err(|error| ClientError::Protocol(error.to_string()))?;
        Ok(Followed {
            started: Started { created, process },
            stdout: follows.then_some(stdout),
        })
    }

    /// All processes, running and kept, in the order they were started.
    pub async fn processes(&self) -> Result<Vec<Process>, ClientError> {
        let list: ProcessList = self
            .json(&self.supervisor, get("/v1/processes".to_owned()))
            .await?;
        Ok(list.processes)
    }

    /// One process; `None` when there is none of that id.
    pub async fn process(&self, id: &ProcessId) -> Result<Option<Process>, ClientError> {
        none_if_not_found(
            self.json(&self.supervisor, get(format!("/v1/processes/{id}")))
                .await,
        )
    }

    /// Waits until the main program has exited; `None` when there is no such process. What it left in the ring can
    /// still be read, and stdout may stay open in the hands of what it left behind.
    pub async fn wait(&self, id: &ProcessId) -> Result<Option<Process>, ClientError> {
        none_if_not_found(
            self.json(&self.supervisor, get(format!("/v1/processes/{id}/wait")))
                .await,
        )
    }

    /// stdout from byte `from` on, live, until the process closes it.
    ///
    /// Refused with `range` beyond the next byte and with `gone` before the oldest kept one.
    pub async fn stdout(&self, id: &ProcessId, from: u64) -> Result<ByteStream, ClientError> {
        let response = self
            .send(
                &self.supervisor,
                get(format!("/v1/processes/{id}/stdout?from={from}")),
            )
            .await?;
        Ok(response.into_body())
    }

    /// Everything before byte `stdout` is stored by the caller and may be dropped. Going backwards does nothing.
    pub async fn ack(&self, id: &ProcessId, stdout: u64) -> Result<(), ClientError> {
        let target = format!("/v1/processes/{id}/ack?stdout={stdout}");
        self.empty(
            &self.supervisor,
            request(Method::POST, target, Bytes::new()),
        )
        .await
    }

    /// Writes to stdin, once for each `key` (1 to 256 bytes): repeating a key writes nothing and answers as before.
    pub async fn write_stdin(
        &self,
        id: &ProcessId,
        key: &str,
        bytes: impl Into<Bytes>,
    ) -> Result<StdinAccepted, ClientError> {
        let target = format!("/v1/processes/{id}/stdin?key={}", encode(key));
        self.json(
            &self.supervisor,
            request(Method::POST, target, bytes.into()),
        )
        .await
    }

    /// Closes stdin once everything accepted is written. Closing twice is fine.
    pub async fn close_stdin(&self, id: &ProcessId) -> Result<(), ClientError> {
        let target = format!("/v1/processes/{id}/stdin/close");
        self.empty(
            &self.supervisor,
            request(Method::POST, target, Bytes::new()),
        )
        .await
    }

    /// Sends a signal. Refused with `gone` when there is nothing left to send it to.
    pub async fn signal(
        &self,
        id: &ProcessId,
        signal: Signal,
        to: SignalTarget,
    ) -> Result<(), ClientError> {
        let target = format!("/v1/processes/{id}/signal");
        let request = json_request(Method::POST, target, &SignalRequest { signal, to })?;
        self.empty(&self.supervisor, request).await
    }

    /// Kills the whole tree and forgets the process; one that is not there is fine.
    pub async fn remove(&self, id: &ProcessId) -> Result<(), ClientError> {
        let request = request(Method::DELETE, format!("/v1/processes/{id}"), Bytes::new());
        none_if_not_found(self.empty(&self.supervisor, request).await).map(|_| ())
    }

    /// Kills everything that runs as a user, and forgets those processes. Answers once nothing of them is left.
    pub async fn end_user(&self, uid: u32) -> Result<(), ClientError> {
        let request = request(Method::DELETE, format!("/v1/users/{uid}"), Bytes::new());
        self.empty(&self.supervisor, request).await
    }
}

fn none_if_not_found<T>(result: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == Some(ErrorCode::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
