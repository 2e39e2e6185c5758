//! A client of the WebSocket.

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::{DEADLINE, id};

/// A frame of the server.
pub type Frame = Value;

/// A connected socket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last: Frame,
}

impl Socket {
    /// Connects to the api at `HOST:PORT`, with an API token.
    pub async fn connect(address: &str, token: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}/workspace/me").into_client_request()?;
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {token}").parse()?);
        let (stream, _) = tokio_tungstenite::connect_async(request)
            .await
            .context("the socket was refused")?;
        Ok(Self {
            stream,
            last: Value::Null,
        })
    }

    /// Sends a frame as it is.
    pub async fn send(&mut self, frame: &Value) -> anyhow::Result<()> {
        Ok(self.stream.send(Message::text(frame.to_string())).await?)
    }

    /// Sends a message under a fresh id, which it answers.
    pub async fn say(
        &mut self,
        conversation: Option<&str>,
        content: &str,
    ) -> anyhow::Result<String> {
        let id = id();
        self.say_as(&id, conversation, content).await?;
        Ok(id)
    }

    /// Sends a message under this id.
    pub async fn say_as(
        &mut self,
        id: &str,
        conversation: Option<&str>,
        content: &str,
    ) -> anyhow::Result<()> {
        let frame = json!({
            "type": "message",
            "id": id,
            "conversation_id": conversation,
            "agent_id": null,
            "content": content,
        });
        self.send(&frame).await
    }

    /// Asks for a conversation's events after `after`.
    pub async fn subscribe(&mut self, conversation: &str, after: u64) -> anyhow::Result<()> {
        let frame = json!({"type": "subscribe", "conversation_id": conversation, "after": after});
        self.send(&frame).await
    }

    /// The next frame.
    pub async fn next(&mut self) -> anyhow::Result<Frame> {
        let next = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                    Some(Ok(Message::Close(reason))) => bail!("closed: {reason:?}"),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                    None => bail!("the socket has ended"),
                }
            }
        };
        let frame: Frame = tokio::time::timeout(DEADLINE, next)
            .await
            .with_context(|| format!("no frame came; the last one was {}", self.last))??;
        self.last.clone_from(&frame);
        Ok(frame)
    }

    /// Reads until a frame is the wanted one.
    pub async fn until(&mut self, wanted: impl Fn(&Frame) -> bool) -> anyhow::Result<Frame> {
        loop {
            let frame = self.next().await?;
            if wanted(&frame) {
                return Ok(frame);
            }
        }
    }

    /// Reads until a message is accepted; answers the frame.
    pub async fn accepted(&mut self) -> anyhow::Result<Frame> {
        let frame = self
            .until(|frame| frame["type"] == "accepted" || frame["type"] == "error")
            .await?;
        if frame["type"] == "error" {
            bail!("refused: {frame}");
        }
        Ok(frame)
    }

    /// Reads until an event of that kind.
    pub async fn event(&mut self, kind: &str) -> anyhow::Result<Frame> {
        self.until(|frame| frame["type"] == "event" && frame["event"]["kind"] == kind)
            .await
    }

    /// Reads until that run has ended; answers the event.
    pub async fn finished(&mut self, run: &Value) -> anyhow::Result<Value> {
        let frame = self
            .until(|frame| frame["event"]["kind"] == "finished" && frame["run_id"] == *run)
            .await?;
        Ok(frame["event"].clone())
    }

    /// Sends a message and waits for its end; answers the frame that accepted it, and the end.
    pub async fn turn(
        &mut self,
        conversation: Option<&str>,
        content: &str,
    ) -> anyhow::Result<(Frame, Value)> {
        self.say(conversation, content).await?;
        let accepted = self.accepted().await?;
        let end = self.finished(&accepted["run_id"]).await?;
        Ok((accepted, end))
    }
}
