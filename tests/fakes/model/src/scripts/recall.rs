//! Shows that a conversation persists: quotes what the user wrote before.

use super::{Language, has};
use crate::conversation::Conversation;
use crate::reply::Reply;

const QUESTIONS: [&str; 13] = [
    "previous message",
    "last message",
    "what did i say",
    "what did i ask",
    "what did i tell",
    "did i ask you to remember",
    "do you remember",
    "이전 메시지",
    "지난 메시지",
    "이전에 보낸",
    "뭐라고 했",
    "기억하라고",
    "기억하고 있",
];

/// Whether a text asks what was said before.
pub(super) fn asks(text: &str) -> bool {
    has(text, &QUESTIONS)
}

/// Whether a text asks to keep something in mind.
pub(super) fn tells(text: &str) -> bool {
    has(text, &["remember", "기억해"])
}

pub(super) fn reply(conversation: &Conversation, language: Language) -> Reply {
    let Some(previous) = conversation.previous_text() else {
        return Reply::text(language.pick(
            "This is the first message of our conversation, so there is nothing before it.",
            "이 메시지가 대화의 첫 메시지라서 그 전에는 아무것도 없어요.",
        ));
    };
    let quote: Vec<String> = previous.lines().map(|line| format!("> {line}")).collect();
    let lead = language.pick("Before this, you wrote:", "바로 전에 이렇게 쓰셨어요.");
    Reply::text(format!("{lead}\n\n{}", quote.join("\n")))
}

pub(super) fn noted(_: &Conversation, language: Language) -> Reply {
    Reply::text(language.pick(
        "It stays in this conversation. Ask me “What did I say?” as your next message, even after a restart, and I will quote it.",
        "이 대화에 남아 있어요. 다음 메시지로 “이전 메시지가 뭐였지?”라고 물어보면, 다시 시작한 뒤라도 그대로 인용해 드릴게요.",
    ))
}
