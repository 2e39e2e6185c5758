//! Typed identifiers. All of them are `UUIDv7` on the wire, so that lists sort by creation time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text was not a UUID.
#[derive(Debug, thiserror::Error)]
#[error("not an id: {0}")]
pub struct ParseIdError(#[from] uuid::Error);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(Uuid::parse_str(text)?))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A person; also names their one workspace, `workspace-{user_id}`.
    UserId
);
id!(
    /// One thread of messages; one CLI session and at most one CLI process belong to it.
    ConversationId
);
id!(
    /// A message. For a user's message this is the id the client chose, so that sending twice stores once.
    MessageId
);
id!(
    /// A saved agent.
    AgentId
);
id!(
    /// One piece of work from `queued` to exactly one terminal state.
    RunId
);
id!(
    /// Something Claude proposed, which its user confirms or declines.
    ProposalId
);
id!(
    /// When an agent runs by itself; one an agent.
    ScheduleId
);
