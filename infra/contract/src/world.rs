//! The stage of a case: an adapter, a clock that only the case moves, and short words for what most cases do.

pub(crate) mod agents;

use std::fmt;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::event::{Event, StoredEvent};
use berth_domain::ids::{ConversationId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::ports::runs::{Append, Claim, Claimed, Fenced, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, RunState, Trigger};
use jiff::{SignedDuration, Timestamp};
use uuid::{NoContext, Uuid};

use crate::{Backend, Differences};

/// How long a case waits for something that must happen, before it fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// A clock that stands still until it is moved. Whole microseconds: finer ones need not survive being stored.
#[derive(Debug)]
pub struct VirtualClock(Mutex<Timestamp>);

impl Default for VirtualClock {
    fn default() -> Self {
        Self(Mutex::new(Timestamp::constant(1_772_420_400, 123_456_000)))
    }
}

impl VirtualClock {
    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unlike the time, ids are really random: cases may share a store.
    fn uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.as_second()).unwrap();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap();
        Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
    }
}

/// One adapter with a clock. Derefs to the adapter's ports.
pub struct World {
    backend: Box<dyn Backend>,
    pub(crate) clock: VirtualClock,
    pub(crate) differences: Differences,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

impl Deref for World {
    type Target = dyn Backend;

    fn deref(&self) -> &Self::Target {
        self.backend.as_ref()
    }
}

impl World {
    /// An adapter at the beginning of a case.
    pub fn new(backend: Box<dyn Backend>, differences: Differences) -> Self {
        Self {
            backend,
            clock: VirtualClock::default(),
            differences,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id of any type.
    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.clock.uuid().into()
    }

    /// Lets this many seconds pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// A user nobody else knows.
    pub(crate) async fn user(&self) -> UserId {
        let id: UserId = self.id();
        let user = self
            .users()
            .ensure_user(&format!("user-{id}"), id, self.now())
            .await
            .unwrap();
        assert_eq!(user.id, id);
        id
    }

    /// A message that begins a conversation, with a quota that does not matter.
    pub(crate) fn submission(&self, user: UserId) -> Submission {
        Submission {
            user_id: user,
            message_id: self.id(),
            conversation_id: None,
            new_conversation_id: self.id(),
            run_id: self.id(),
            agent_id: None,
            agent: None,
            content: "매출을 분석해줘".to_owned(),
            trigger: Trigger::Chat,
            retry_of: None,
            quota: Quota {
                concurrent_runs: 10_000,
            },
            now: self.now(),
        }
    }

    /// Submits what must be accepted for the first time.
    pub(crate) async fn accept(&self, submission: &Submission) -> (RunId, ConversationId) {
        match self.runs().submit(submission).await.unwrap() {
            Submitted::Accepted {
                run_id,
                conversation_id,
                repeated: false,
            } => (run_id, conversation_id),
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// A run in a conversation of its own.
    pub(crate) async fn submit(&self, user: UserId) -> (RunId, ConversationId) {
        self.accept(&self.submission(user)).await
    }

    /// One more run in a conversation.
    pub(crate) async fn submit_to(&self, user: UserId, conversation: ConversationId) -> RunId {
        let submission = Submission {
            conversation_id: Some(conversation),
            ..self.submission(user)
        };
        self.accept(&submission).await.0
    }

    /// A runner nobody else is.
    pub(crate) fn runner(&self) -> RunnerId {
        RunnerId {
            name: format!("runner-{}", self.clock.uuid()),
            incarnation: self.clock.uuid(),
        }
    }

    /// The same runner after a restart, which takes a moment: a later start has a later id.
    pub(crate) fn restarted(&self, runner: &RunnerId) -> RunnerId {
        self.clock.advance(SignedDuration::from_millis(1));
        RunnerId {
            name: runner.name.clone(),
            incarnation: self.clock.uuid(),
        }
    }

    pub(crate) async fn try_claim(&self, run: RunId, runner: &RunnerId) -> Option<Claimed> {
        match self
            .runs()
            .claim(run, runner, Quota::default(), self.now())
            .await
            .unwrap()
        {
            Claim::Yours(claimed) => Some(*claimed),
            Claim::NotNow | Claim::NotHere(_) => None,
        }
    }

    /// Claims what must be free.
    pub(crate) async fn claim(&self, run: RunId, runner: &RunnerId) -> Claimed {
        self.try_claim(run, runner).await.expect("a claim")
    }

    /// Appends one piece of text.
    pub(crate) async fn say(&self, run: RunId, epoch: u64, words: &str) -> Fenced<u64> {
        self.runs()
            .append(run, epoch, &text(words), self.now())
            .await
            .unwrap()
    }

    pub(crate) async fn finish(&self, run: RunId, epoch: u64) -> Fenced<()> {
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
        self.runs()
            .finish(run, epoch, &Append::default(), &outcome, None, self.now())
            .await
            .unwrap()
            .map(drop)
    }

    /// Claims and ends a run.
    pub(crate) async fn complete(&self, run: RunId) {
        let claimed = self.claim(run, &self.runner()).await;
        assert_eq!(
            self.finish(run, claimed.lease.epoch).await,
            Fenced::Done(())
        );
    }

    /// The whole log of a conversation; checks on the way that it is numbered densely from 1.
    pub(crate) async fn log(&self, conversation: ConversationId) -> Vec<StoredEvent> {
        let mut log: Vec<StoredEvent> = Vec::new();
        loop {
            let after = log.last().map_or(0, |event| event.seq);
            let page = self
                .events()
                .events_after(conversation, after, 100)
                .await
                .unwrap();
            if page.is_empty() {
                break;
            }
            log.extend(page);
        }
        let numbers: Vec<u64> = log.iter().map(|event| event.seq).collect();
        let dense: Vec<u64> = (1..).take(log.len()).collect();
        assert_eq!(numbers, dense, "events are numbered densely from 1");
        assert!(
            log.iter()
                .all(|event| event.conversation_id == conversation)
        );
        log
    }

    /// The kinds of a conversation's events.
    pub(crate) async fn kinds(&self, conversation: ConversationId) -> Vec<&'static str> {
        let log = self.log(conversation).await;
        log.iter().map(|stored| stored.event.kind()).collect()
    }
}

/// An append of one text event.
pub(crate) fn text(words: &str) -> Append {
    Append {
        events: vec![Event::Text {
            block: 0,
            text: words.to_owned(),
        }],
        ..Append::default()
    }
}

/// Runs all of them at the same time and hands out their results in order.
pub(crate) async fn together<F>(tasks: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let spawned: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    futures::future::join_all(spawned)
        .await
        .into_iter()
        .map(|joined| joined.unwrap())
        .collect()
}

/// Waits for what must happen; `what` is said when it does not.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("did not happen within {PATIENCE:?}: {what}"))
}
