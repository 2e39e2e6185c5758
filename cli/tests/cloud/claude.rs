//! Calls of the model, as Claude Code makes them from its workspace.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use berth_domain::ids::UserId;
use berth_domain::ports::gateway::SOCKET_NAME;
use berth_harness::{DEADLINE, Frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

const QUESTION: &str =
    r#"{"model":"claude-opus-5-5","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;

/// What makes the stand-in for Claude Code say the token it was given.
pub(crate) const SAY_TOKEN: &str = "[[env:BERTH_TOKEN]]";

/// Characters of a token.
const TOKEN: usize = 49;

/// A process in a workspace, as its gateway knows it.
#[derive(Debug)]
pub(crate) struct Claude {
    socket: PathBuf,
    token: String,
}

impl Claude {
    /// The one that has said its token in this event.
    pub(crate) fn of(data: &Path, user: UserId, said: &Frame) -> anyhow::Result<Self> {
        let text = said["event"]["text"].as_str().context("a text")?;
        let token = text.find("berth_").and_then(|at| text.get(at..at + TOKEN));
        let sockets = data.join("workspaces/sockets").join(user.to_string());
        Ok(Self {
            socket: sockets.join(SOCKET_NAME),
            token: token
                .with_context(|| format!("no token: {text}"))?
                .to_owned(),
        })
    }

    /// The status of the answer to a call.
    pub(crate) async fn call(&self) -> anyhow::Result<u16> {
        Ok(call(&self.socket, &self.token).await?.0)
    }
}

/// The answer to a call with this token; an error while nobody listens.
pub(crate) async fn call(socket: &Path, token: &str) -> anyhow::Result<(u16, String)> {
    let mut stream = UnixStream::connect(socket).await?;
    let request = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{QUESTION}",
        QUESTION.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    timeout(DEADLINE * 2, stream.read_to_string(&mut answer)).await??;
    let status = answer.split(' ').nth(1).context("a status")?.parse()?;
    Ok((status, answer))
}
