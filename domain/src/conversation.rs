//! Conversations and their messages.

use jiff::Timestamp;

use crate::event::Role;
use crate::ids::{AgentId, ConversationId, MessageId, RunId, UserId};

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// A person talks with Claude.
    #[default]
    Chat,
    /// The log of one run of an agent: not in the list of conversations, takes no further messages, lives as long as its run.
    Run,
}

impl Origin {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Run => "run",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Chat, Self::Run]
            .into_iter()
            .find(|origin| origin.as_str() == word)
    }
}

/// A thread of messages, its event log and its Claude Code session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its owner.
    pub user_id: UserId,
    /// What it is.
    pub origin: Origin,
    /// The agent it is about, if any.
    pub agent_id: Option<AgentId>,
    /// Shown in lists: the first message's first line until somebody renames it.
    pub title: String,
    /// Creation.
    pub created_at: Timestamp,
    /// Last message or event.
    pub updated_at: Timestamp,
    /// Number of the newest event; 0 before the first.
    pub last_seq: u64,
    /// The run that is queued or running, oldest first, if any.
    pub active_run_id: Option<RunId>,
    /// Claude Code's session, once one has begun.
    pub session: Option<String>,
}

/// A message, as stored (requirement C5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The client's id for a user's message.
    pub id: MessageId,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// Who said it.
    pub role: Role,
    /// Plain text or Markdown, whole.
    pub content: String,
    /// The run it set off, or the run that answered.
    pub run_id: RunId,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Longest title, in characters.
pub const MAX_TITLE: usize = 80;

/// The title a conversation gets from its first message: the first line that has text, cut at [`MAX_TITLE`] characters.
pub fn title_of(content: &str) -> String {
    let line = content
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let mut title: String = line.chars().take(MAX_TITLE).collect();
    if title.len() < line.len() {
        title.push('…');
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_with_text() {
        assert_eq!(title_of("\n  매출 분석해줘 \n그리고"), "매출 분석해줘");
        assert_eq!(title_of(&"가".repeat(100)).chars().count(), MAX_TITLE + 1);
        assert_eq!(title_of(" \n"), "");
    }
}
