//! A client of the WebSocket that notes when what arrives.

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::clock;

/// For any one frame.
const PATIENCE: Duration = Duration::from_mins(1);

/// When what happened in one turn, in nanoseconds since 1970.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    /// The run's id, where there is a server in between.
    pub(crate) run: String,
    pub(crate) sent: u64,
    /// Stored; like the next only known where there is a server in between.
    pub(crate) accepted: u64,
    /// Claimed by the runner.
    pub(crate) started: u64,
    pub(crate) first_delta: u64,
    pub(crate) finished: u64,
}

/// An open socket of one user.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// Whose it is.
    pub(crate) user: String,
    conversation: Option<String>,
}

impl Socket {
    /// Opens it, and waits for its first frame.
    pub(crate) async fn open(address: &str, token: &str) -> anyhow::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let mut request = format!("ws://{address}/workspace/me").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {token}").parse()?);
        let (stream, _) = client_async(request, tcp).await?;
        let mut socket = Self {
            stream,
            user: String::new(),
            conversation: None,
        };
        let ready = socket.frame().await?;
        socket.user = text(&ready, "user_id")?;
        Ok(socket)
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(self.text().await?.as_str())?)
    }

    async fn text(&mut self) -> anyhow::Result<Utf8Bytes> {
        loop {
            match timeout(PATIENCE, self.stream.next())
                .await
                .context("no frame in time")?
                .context("the socket was closed")??
            {
                Message::Text(text) => return Ok(text),
                Message::Close(frame) => bail!("the socket was closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Follows a conversation until its run has ended well.
    pub(crate) async fn until_finished(&mut self, conversation: &str) -> anyhow::Result<()> {
        self.order("subscribe", conversation).await?;
        loop {
            let text = self.text().await?;
            // Whoever measures takes processor time from what is measured: only what may be the end is read.
            if !text.contains("finished") && !text.contains("error") {
                continue;
            }
            let frame: Value = serde_json::from_str(text.as_str())?;
            if frame["type"] == "error" {
                bail!("{frame}");
            }
            if frame["event"]["kind"] == "finished" && frame["conversation_id"] == conversation {
                if frame["event"]["state"] != "succeeded" {
                    bail!("{frame}");
                }
                return self.order("unsubscribe", conversation).await;
            }
        }
    }

    /// The conversation that the socket's messages belong to, once one has been said.
    pub(crate) fn conversation(&self) -> Option<&str> {
        self.conversation.as_deref()
    }

    /// Goes on in a conversation that another socket has begun.
    pub(crate) fn join(&mut self, conversation: &str) {
        self.conversation = Some(conversation.to_owned());
    }

    async fn order(&mut self, kind: &str, conversation: &str) -> anyhow::Result<()> {
        let frame = json!({"type": kind, "conversation_id": conversation});
        Ok(self.stream.send(Message::text(frame.to_string())).await?)
    }

    /// Says something in the socket's conversation, and waits for nothing. Answers when that was.
    pub(crate) async fn send(&mut self, content: &str) -> anyhow::Result<u64> {
        let id = uuid::Uuid::from_u128(u128::from(clock::now()));
        let message = json!({
            "type": "message", "id": id, "conversation_id": self.conversation, "agent_id": null, "content": content,
        });
        let frame = Message::text(message.to_string());
        let sent = clock::now();
        self.stream.send(frame).await?;
        Ok(sent)
    }

    /// Says something in the socket's conversation and waits for the end of the run.
    pub(crate) async fn say(&mut self, content: &str) -> anyhow::Result<Turn> {
        let mut turn = Turn {
            sent: self.send(content).await?,
            ..Turn::default()
        };
        loop {
            let frame = self.frame().await?;
            let now = clock::now();
            match frame["type"].as_str() {
                Some("error") => bail!("{frame}"),
                Some("accepted") => {
                    turn.accepted = now;
                    turn.run = text(&frame, "run_id")?;
                    self.conversation = Some(text(&frame, "conversation_id")?);
                }
                // Another socket's turn in the same conversation.
                _ if frame["run_id"] != turn.run.as_str() => {}
                Some("delta") if turn.first_delta == 0 => turn.first_delta = now,
                Some("event") if frame["event"]["kind"] == "started" => turn.started = now,
                Some("event") if frame["event"]["kind"] == "finished" => {
                    if frame["event"]["state"] != "succeeded" {
                        bail!("{frame}");
                    }
                    turn.finished = now;
                    return Ok(turn);
                }
                _ => {}
            }
        }
    }
}

fn text(frame: &Value, field: &str) -> anyhow::Result<String> {
    let text = frame[field].as_str();
    Ok(text
        .with_context(|| format!("{field} is missing in {frame}"))?
        .to_owned())
}
