//! What the demo model says. A script is two pure functions, one that recognises a request and one that answers it; how
//! far a script has come is read from the tool results that the request already carries.

mod directed;
mod fallback;
mod long_task;
mod package;
mod recall;
mod sales;
mod schedule;
mod trouble;

use crate::conversation::Conversation;
use crate::directives::Directives;
use crate::reply::Reply;

/// The language to answer in: the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    Korean,
}

impl Language {
    fn of(text: &str) -> Self {
        let hangul = |c: char| matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}');
        if text.contains(hangul) {
            Self::Korean
        } else {
            Self::English
        }
    }

    fn pick<'a>(self, english: &'a str, korean: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Korean => korean,
        }
    }
}

struct Script {
    /// Whether a text, in lower case, asks for this.
    matches: fn(&str) -> bool,
    /// The tool it cannot do without.
    needs: Option<&'static str>,
    reply: fn(&Conversation, Language) -> Reply,
}

/// In order of precedence: the first that matches answers.
const SCRIPTS: [Script; 10] = [
    Script {
        matches: recall::asks,
        needs: None,
        reply: recall::reply,
    },
    Script {
        matches: trouble::asks,
        needs: None,
        reply: trouble::ask,
    },
    Script {
        matches: trouble::does_nothing,
        needs: None,
        reply: trouble::nothing,
    },
    Script {
        matches: trouble::costs,
        needs: Some(BASH),
        reply: trouble::spend,
    },
    Script {
        matches: trouble::pries,
        needs: Some(BASH),
        reply: trouble::pry,
    },
    // Before what is to be done regularly: the sentence may say that, too.
    Script {
        matches: schedule::matches,
        needs: Some(schedule::TOOL),
        reply: schedule::reply,
    },
    Script {
        matches: sales::matches,
        needs: Some(BASH),
        reply: sales::reply,
    },
    Script {
        matches: package::matches,
        needs: Some(BASH),
        reply: package::reply,
    },
    Script {
        matches: long_task::matches,
        needs: Some(BASH),
        reply: long_task::reply,
    },
    Script {
        matches: recall::tells,
        needs: None,
        reply: recall::noted,
    },
];

const BASH: &str = "Bash";

/// The answer to a request. Directives go before scripts.
pub(crate) fn answer(conversation: &Conversation, directives: &Directives) -> Reply {
    let language = Language::of(conversation.last_text());
    if conversation.notified {
        return Reply::text(language.pick(
            "The task in the background has ended.",
            "백그라운드 작업이 끝났어요.",
        ));
    }
    if !directives.steps.is_empty() {
        return directed::reply(conversation, &directives.steps);
    }
    let text = conversation.last_text().to_lowercase();
    let able = |script: &&Script| script.needs.is_none_or(|tool| conversation.offers(tool));
    match SCRIPTS
        .iter()
        .filter(able)
        .find(|script| (script.matches)(&text))
    {
        Some(script) => (script.reply)(conversation, language),
        None => fallback::reply(language),
    }
}

/// Whether the text contains one of the words.
fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The last line of a tool's output that says something, for telling the user what went wrong.
fn last_line(output: &str) -> &str {
    output
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("(no output)")
}
