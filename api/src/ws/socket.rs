//! One open socket, from `ready` to its close.

use std::pin::Pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use berth_domain::ids::ConversationId;
use berth_domain::user::CredentialHash;
use futures::stream::{self, BoxStream, StreamExt};
use futures::{FutureExt as _, SinkExt as _};
use metrics::{counter, gauge};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_stream::StreamMap;

use super::follow::Followed;
use super::frame::ServerFrame;
use crate::app::Shared;
use crate::language::Language;
use crate::schema::WorkspaceWord;
use crate::session::Session;

/// RFC 6455 close codes.
const GOING_ON_WITHOUT: u16 = 1008;
const TOO_BIG: u16 = 1009;
const RESTARTING: u16 = 1012;

/// Why a socket is over.
#[derive(Debug)]
pub(super) enum Over {
    /// The peer has gone, or does not read.
    Gone,
    /// We close it, with this code and reason.
    Close(u16, &'static str),
}

/// Answer of every step: go on, or be over.
pub(super) type Step = Result<(), Over>;

/// On whose behalf the socket acts.
pub(super) struct Caller {
    pub(super) app: Shared,
    pub(super) session: Session,
    pub(super) language: Language,
}

/// State of one socket.
pub(super) struct Connection {
    pub(super) caller: Caller,
    socket: WebSocket,
    pub(super) subscriptions: StreamMap<ConversationId, BoxStream<'static, Followed>>,
    workspace_changes: BoxStream<'static, ()>,
    workspace: Option<WorkspaceWord>,
    ended_sessions: watch::Receiver<Option<CredentialHash>>,
    tick: Pin<Box<Sleep>>,
    /// Whether the peer has sent anything since the last tick.
    alive: bool,
}

/// What a socket waits for.
enum Happening {
    Received(Option<Result<Message, axum::Error>>),
    Followed(Followed),
    WorkspaceChanged,
    SessionEnded,
    Tick,
    Shutdown,
}

impl Connection {
    /// Serves the socket until it is over.
    pub(super) async fn run(socket: WebSocket, app: Shared, session: Session, language: Language) {
        let _counted = Counted::new();
        let user = session.user_id;
        let mut connection = Box::new(Self {
            // Armed before the first look, so that no change is missed.
            workspace_changes: app
                .deps
                .workspaces
                .status_changes(user)
                .chain(stream::pending())
                .boxed(),
            ended_sessions: app.ended_sessions.subscribe(),
            tick: Box::pin(sleep(Duration::ZERO)),
            subscriptions: StreamMap::new(),
            workspace: None,
            alive: true,
            caller: Caller {
                app,
                session,
                language,
            },
            socket,
        });
        connection.arm_tick();
        let over = loop {
            if connection.workspace.is_none()
                && let Err(over) = connection.tell_workspace().await
            {
                break over;
            }
            let happening = match connection.next().await {
                Ok(happening) => happening,
                Err(over) => break over,
            };
            // Boxed: what happens rarely must not make every idle socket larger.
            if let Err(over) = Box::pin(connection.react(happening)).await {
                break over;
            }
        };
        if let Over::Close(code, reason) = over {
            connection.close(code, reason).await;
        }
    }

    /// What happens next. Frames of what happens at the same time leave together, and none waits for what has not happened.
    async fn next(&mut self) -> Result<Happening, Over> {
        if let Some(happening) = self.wait().now_or_never() {
            return Ok(happening);
        }
        self.in_time(async |socket| socket.flush().await).await?;
        Ok(self.wait().await)
    }

    async fn wait(&mut self) -> Happening {
        tokio::select! {
            message = self.socket.recv() => Happening::Received(message),
            Some((_, followed)) = self.subscriptions.next() => Happening::Followed(followed),
            Some(()) = self.workspace_changes.next() => Happening::WorkspaceChanged,
            Ok(()) = self.ended_sessions.changed() => Happening::SessionEnded,
            () = &mut self.tick => Happening::Tick,
            () = self.caller.app.shutdown.cancelled() => Happening::Shutdown,
        }
    }

    async fn react(&mut self, happening: Happening) -> Step {
        match happening {
            Happening::Received(Some(Ok(message))) => {
                self.alive = true;
                self.received(message).await
            }
            // The peer's mistakes are all answered alike; most are frames over the limit.
            Happening::Received(Some(Err(_))) => Err(Over::Close(TOO_BIG, "frame.invalid")),
            Happening::Received(None) => Err(Over::Gone),
            Happening::Followed(Followed::Event(event)) => {
                self.send(ServerFrame::Event(event.into())).await
            }
            Happening::Followed(Followed::Delta(delta)) => {
                self.send(ServerFrame::Delta(delta)).await
            }
            Happening::Followed(Followed::Trouble(problem)) => {
                let frame = ServerFrame::error(&problem, None, self.caller.language);
                self.send(frame).await
            }
            Happening::WorkspaceChanged => self.tell_workspace().await,
            Happening::SessionEnded => self.session_may_have_ended(),
            Happening::Tick => self.tick().await,
            Happening::Shutdown => Err(Over::Close(RESTARTING, "server.stopping")),
        }
    }

    async fn received(&mut self, message: Message) -> Step {
        match message {
            Message::Text(text) => {
                counter!("ws_frames_total", "direction" => "in").increment(1);
                self.command(text.as_str()).await
            }
            Message::Binary(_) => self.command("").await,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(()),
        }
    }

    /// Sends a frame; one that the client leaves unread for too long is the last.
    pub(super) async fn send(&mut self, frame: ServerFrame) -> Step {
        let Ok(text) = serde_json::to_string(&frame) else {
            tracing::error!(
                frame.kind = frame.kind(),
                "a frame could not be written as JSON"
            );
            return Err(Over::Gone);
        };
        counter!("ws_frames_total", "direction" => "out", "type" => frame.kind()).increment(1);
        self.transmit(Message::Text(text.into())).await
    }

    async fn transmit(&mut self, message: Message) -> Step {
        self.in_time(async |socket| socket.feed(message).await)
            .await
    }

    async fn in_time(
        &mut self,
        write: impl AsyncFnOnce(&mut WebSocket) -> Result<(), axum::Error>,
    ) -> Step {
        let patience = self.caller.app.config.limits.socket_send;
        match timeout(patience, write(&mut self.socket)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }

    /// Sends `ready` when the workspace's state is another than the client knows.
    async fn tell_workspace(&mut self) -> Step {
        let user_id = self.caller.session.user_id;
        let status = self.caller.app.deps.workspaces.status(user_id).await;
        let workspace = WorkspaceWord::from(status.state);
        if self.workspace.replace(workspace) == Some(workspace) {
            return Ok(());
        }
        self.send(ServerFrame::Ready { user_id, workspace }).await
    }

    fn session_may_have_ended(&mut self) -> Step {
        let ended = *self.ended_sessions.borrow_and_update();
        if ended == Some(self.caller.session.hash) {
            return Err(Over::Close(GOING_ON_WITHOUT, "auth.required"));
        }
        Ok(())
    }

    /// Now and then: is the session valid, is the peer still there?
    async fn tick(&mut self) -> Step {
        self.arm_tick();
        // A store that does not answer is no reason to sign somebody out.
        if let Ok(false) = self.caller.app.is_valid(&self.caller.session).await {
            return Err(Over::Close(GOING_ON_WITHOUT, "auth.required"));
        }
        if !std::mem::take(&mut self.alive) {
            return Err(Over::Gone);
        }
        self.transmit(Message::Ping(Vec::new().into())).await
    }

    /// At the next interval, or at the session's end if that comes first.
    fn arm_tick(&mut self) {
        let mut wait = self.caller.app.config.limits.socket_tick;
        if let Some(end) = self.caller.session.expires_at {
            let left = end.duration_since(self.caller.app.deps.clock.now());
            wait = wait.min(left.try_into().unwrap_or(Duration::ZERO));
        }
        self.tick.as_mut().reset(Instant::now() + wait);
    }

    /// Whether the session still stands, asked before every act.
    pub(super) async fn check_session(&mut self) -> Step {
        match self.caller.app.is_valid(&self.caller.session).await {
            Ok(false) => Err(Over::Close(GOING_ON_WITHOUT, "auth.required")),
            // The act itself will meet the same store and say so.
            Ok(true) | Err(_) => Ok(()),
        }
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        // The socket is given up in either case.
        if self.transmit(Message::Close(Some(frame))).await.is_ok() {
            let _ = self.in_time(async |socket| socket.flush().await).await;
        }
    }
}

/// Counts a socket for as long as it lives.
struct Counted;

impl Counted {
    fn new() -> Self {
        gauge!("ws_sockets").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!("ws_sockets").decrement(1.0);
    }
}
