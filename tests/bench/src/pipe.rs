//! The same CLI without Berth: driven over a pipe by an attached `docker exec`, in a container like the user's, with the
//! arguments and the environment that Berth would give it. What it asks goes through the supervisor's forward straight to
//! the model.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::Pin;

use anyhow::{Context as _, bail};
use berth_domain::run_token::TokenKey;
use berth_runner::ClaudeConfig;
use berth_runner::claude::command::{self, Purpose, Session};
use berth_runner::claude::input;
use berth_runner::engine::WorkspacePaths;
use berth_supervisor_protocol::socket;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecResults};
use futures::{Stream, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener};
use tokio::task::JoinHandle;

use crate::clock;
use crate::containers::Containers;
use crate::socket::Turn;

/// A running CLI.
pub(crate) struct Pipe {
    stdin: Pin<Box<dyn AsyncWrite + Send>>,
    stdout: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    /// What has been read of a line that is not complete.
    partial: Vec<u8>,
    forward: JoinHandle<()>,
}

impl Pipe {
    /// Starts the CLI beside the user's container, the first of these that is there. `sockets` is an empty folder for the
    /// container's sockets.
    pub(crate) async fn beside(
        containers: &Containers,
        user: &[String],
        sockets: &Path,
        model: SocketAddr,
    ) -> anyhow::Result<Self> {
        let forward = forward(&sockets.join(socket::GATEWAY), model)?;
        let container = containers.twin(user, sockets).await?;
        let exec = containers
            .docker
            .create_exec(&container, exec_options())
            .await?;
        let StartExecResults::Attached { output, input } =
            containers.docker.start_exec(&exec.id, None).await?
        else {
            bail!("the engine did not attach");
        };
        Ok(Self {
            stdin: input,
            stdout: output,
            partial: Vec::new(),
            forward,
        })
    }

    /// Says something and waits for the result.
    pub(crate) async fn say(&mut self, content: &str) -> anyhow::Result<Turn> {
        let message = input::user_message(content);
        let mut turn = Turn {
            sent: clock::now(),
            ..Turn::default()
        };
        self.stdin.write_all(message.as_bytes()).await?;
        self.stdin.flush().await?;
        loop {
            let chunk = self.stdout.next().await.context("the CLI has ended")??;
            let now = clock::now();
            let LogOutput::StdOut { message } = chunk else {
                continue;
            };
            self.partial.extend_from_slice(&message);
            while let Some(end) = self.partial.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.partial.drain(..=end).collect();
                let line: Value = serde_json::from_slice(&line)?;
                if turn.first_delta == 0 && line["event"]["delta"]["type"] == "text_delta" {
                    turn.first_delta = now;
                }
                if line["type"] == "result" {
                    if line["is_error"] != false {
                        bail!("{line}");
                    }
                    turn.finished = now;
                    return Ok(turn);
                }
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.forward.abort();
    }
}

fn exec_options() -> CreateExecOptions<String> {
    let paths = WorkspacePaths {
        workspace: "/workspace".to_owned(),
        home: "/home/claude".to_owned(),
        gateway: SocketAddr::from((Ipv4Addr::LOCALHOST, 4080)),
    };
    let config = ClaudeConfig::default();
    let session = Session::New(uuid::Uuid::from_u128(u128::from(clock::now())).to_string());
    // The scripted model takes any token.
    let token = TokenKey::new([0; 32]).derive("bench");
    let env = command::env(&config, &paths, &token);
    let mut argv = command::argv(&config, &session, Purpose::Chat, None, paths.gateway);
    // Berth's tools are not there, and Claude Code would look for them for seconds.
    if let Some(at) = argv.iter().position(|argument| argument == "--mcp-config") {
        argv.drain(at..at + 2);
    }
    CreateExecOptions {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        env: Some(
            env.iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        ),
        cmd: Some(argv),
        user: Some("1000:1000".to_owned()),
        working_dir: Some(paths.workspace),
        ..CreateExecOptions::default()
    }
}

/// Joins the socket that the container's forward leads to with the model.
fn forward(path: &Path, model: SocketAddr) -> anyhow::Result<JoinHandle<()>> {
    let listener = UnixListener::bind(path)?;
    Ok(tokio::spawn(async move {
        while let Ok((mut inside, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Ok(mut outside) = TcpStream::connect(model).await {
                    let _ = outside.set_nodelay(true);
                    // A connection that breaks shows in the turn it belongs to.
                    let _ = copy_bidirectional(&mut inside, &mut outside).await;
                }
            });
        }
    }))
}
