//! What a client's frame asks for.

use berth_domain::dispatch::{self, Request};
use berth_domain::ids::{AgentId, ConversationId, MessageId, RunId};
use berth_domain::run::Trigger;
use uuid::Uuid;

use super::follow::follow;
use super::frame::{ClientFrame, ServerFrame};
use super::socket::{Caller, Connection, Step};
use crate::app::Deps;
use crate::problem::{Code, Problem, Result};

impl Connection {
    /// Carries out one frame. Whatever is wrong with it is answered; only a broken connection or an ended session ends
    /// the socket.
    pub(super) async fn command(&mut self, text: &str) -> Step {
        let frame: ClientFrame = match serde_json::from_str(text) {
            Ok(frame) => frame,
            Err(_) => return self.refuse(Code::FrameInvalid.into(), None).await,
        };
        match (frame.kind.as_deref(), &frame.message) {
            (Some("ping"), _) => self.send(ServerFrame::Pong).await,
            (Some("message"), _) | (None, Some(_)) => self.message(frame).await,
            (Some("subscribe"), _) => self.subscribe(&frame).await,
            (Some("unsubscribe"), _) => self.unsubscribe(&frame).await,
            (Some("interrupt"), _) => self.interrupt(&frame).await,
            (Some(_), _) => self.refuse(Code::FrameUnknown.into(), None).await,
            (None, None) => self.refuse(Code::FrameInvalid.into(), None).await,
        }
    }

    async fn refuse(&mut self, problem: Problem, id: Option<Uuid>) -> Step {
        let frame = ServerFrame::error(&problem, id, self.caller.language);
        self.send(frame).await
    }

    async fn message(&mut self, frame: ClientFrame) -> Step {
        self.check_session().await?;
        let id = frame.id.as_deref().and_then(|id| id.parse().ok());
        let request = match self.caller.request(frame).await {
            Ok(request) => request,
            Err(problem) => return self.refuse(problem, id).await,
        };
        let id = request.message_id.0;
        let accepted = match self.caller.app.submit(request).await {
            Ok(accepted) => accepted,
            Err(refused) => return self.refuse(refused.into(), Some(id)).await,
        };
        self.send(ServerFrame::Accepted {
            id,
            conversation_id: accepted.conversation_id.0,
            run_id: accepted.run_id.0,
        })
        .await?;
        self.follow_run(accepted.conversation_id, accepted.run_id, id)
            .await
    }

    /// After `accepted` the socket follows the conversation: where it does not yet, from the run's first event on.
    async fn follow_run(
        &mut self,
        conversation: ConversationId,
        run: RunId,
        message: Uuid,
    ) -> Step {
        if self.subscriptions.contains_key(&conversation) {
            return Ok(());
        }
        let first = self
            .caller
            .app
            .deps
            .events
            .run_events_after(run, 0, 1)
            .await;
        let after = match first {
            Ok(events) => events.first().map_or(0, |event| event.seq - 1),
            Err(error) => return self.refuse(error.into(), Some(message)).await,
        };
        self.start_following(conversation, after, Some(message))
            .await
    }

    async fn subscribe(&mut self, frame: &ClientFrame) -> Step {
        self.check_session().await?;
        let conversation = match self.caller.own_conversation(frame).await {
            Ok(conversation) => conversation,
            Err(problem) => return self.refuse(problem, None).await,
        };
        self.subscriptions.remove(&conversation);
        let after = frame.after.unwrap_or(0);
        self.start_following(conversation, after, None).await
    }

    async fn start_following(
        &mut self,
        conversation: ConversationId,
        after: u64,
        message: Option<Uuid>,
    ) -> Step {
        let limit = self.caller.app.config.limits.subscriptions;
        if self.subscriptions.len() >= limit {
            let problem = Problem::with(Code::SubscriptionLimit, limit as u64);
            return self.refuse(problem, message).await;
        }
        let user = self.caller.session.user_id;
        let following = follow(self.caller.app.clone(), user, conversation, after);
        self.subscriptions.insert(conversation, following);
        Ok(())
    }

    async fn unsubscribe(&mut self, frame: &ClientFrame) -> Step {
        let id = frame.conversation_id.as_deref().unwrap_or_default();
        match conversation_id(id) {
            Ok(conversation) => {
                self.subscriptions.remove(&conversation);
                Ok(())
            }
            Err(problem) => self.refuse(problem, None).await,
        }
    }

    async fn interrupt(&mut self, frame: &ClientFrame) -> Step {
        self.check_session().await?;
        match self.caller.cancel(frame).await {
            Ok(()) => Ok(()),
            Err(problem) => self.refuse(problem, None).await,
        }
    }
}

impl Caller {
    /// What a message asks for; `{"message": text}` goes to the newest conversation under a fresh id.
    async fn request(&self, frame: ClientFrame) -> Result<Request> {
        let Deps {
            conversations,
            clock,
            ..
        } = &self.app.deps;
        let user_id = self.session.user_id;
        let short = frame.kind.is_none();
        let message_id: MessageId = if short {
            clock.uuid().into()
        } else {
            let id = frame.id.as_deref().and_then(|id| id.parse().ok());
            id.ok_or(Problem::from(Code::MessageId))?
        };
        let agent_id = match &frame.agent_id {
            Some(id) => Some(self.own_agent(id).await?),
            None => None,
        };
        let conversation_id = match &frame.conversation_id {
            _ if short => conversations.newest_conversation(user_id).await?,
            Some(id) => Some(conversation_id(id)?),
            None => None,
        };
        let content = if short { frame.message } else { frame.content };
        Ok(Request {
            user_id,
            message_id,
            conversation_id,
            agent_id,
            agent: None,
            content: content.unwrap_or_default(),
            trigger: Trigger::Chat,
            retry_of: None,
        })
    }

    async fn cancel(&self, frame: &ClientFrame) -> Result<()> {
        let conversation = self.own_conversation(frame).await?;
        let Deps {
            runs, queue, clock, ..
        } = &self.app.deps;
        let user = self.session.user_id;
        dispatch::cancel_conversation(&**runs, &**queue, &**clock, user, conversation).await?;
        Ok(())
    }

    /// The agent a chat is about.
    async fn own_agent(&self, id: &str) -> Result<AgentId> {
        let unknown = || Problem::from(Code::AgentNotFound);
        let id = id.parse().map_err(|_| unknown())?;
        let agent = self.app.deps.agents.agent(self.session.user_id, id).await?;
        Ok(agent.ok_or_else(unknown)?.id)
    }

    async fn own_conversation(&self, frame: &ClientFrame) -> Result<ConversationId> {
        let id = conversation_id(frame.conversation_id.as_deref().unwrap_or_default())?;
        let conversations = &self.app.deps.conversations;
        let found = conversations.conversation(self.session.user_id, id).await?;
        match found {
            Some(conversation) => Ok(conversation.id),
            None => Err(Code::ConversationNotFound.into()),
        }
    }
}

fn conversation_id(text: &str) -> Result<ConversationId> {
    text.parse()
        .map_err(|_| Problem::from(Code::ConversationNotFound))
}
