//! What an agent's run can get into: questions, idleness, costs, other people's things.

use serde_json::json;

use super::{Language, has, last_line};
use crate::conversation::Conversation;
use crate::reply::Reply;

const ASK_OWNER: &str = "mcp__berth__ask_owner";
/// Steps of the expensive task; a budget ends it before.
const STEPS: usize = 200;

/// A task that is impossible without the owner.
pub(super) fn asks(text: &str) -> bool {
    has(
        text,
        &["ask me first", "ask me which", "먼저 물어", "물어보고"],
    )
}

/// Asks in the way that is on offer; a model may also try one that is not.
pub(super) fn ask(conversation: &Conversation, language: Language) -> Reply {
    let question = language.pick(
        "Which year shall I report on, 2024 or 2025?",
        "2024년과 2025년 중 어느 해를 보고할까요?",
    );
    if let Some(result) = conversation.last_result() {
        return Reply::text(last_line(&result.text));
    }
    let lead = language.pick(
        "I need a decision first.",
        "먼저 결정해 주셔야 할 것이 있어요.",
    );
    if conversation.offers(ASK_OWNER) {
        return Reply::call(lead, ASK_OWNER, json!({"question": question}));
    }
    let options = json!([{"label": "2024"}, {"label": "2025"}]);
    let header = language.pick("Year", "연도");
    let question =
        json!({"question": question, "header": header, "options": options, "multiSelect": false});
    Reply::call(lead, "AskUserQuestion", json!({"questions": [question]}))
}

pub(super) fn does_nothing(text: &str) -> bool {
    has(text, &["do nothing", "아무것도 하지"])
}

pub(super) fn nothing(_: &Conversation, language: Language) -> Reply {
    Reply::text(language.pick("Done.", "다 했어요."))
}

pub(super) fn costs(text: &str) -> bool {
    has(text, &["expensive task", "비용이 많이 드는"])
}

/// One small step after the other, with many words for each.
pub(super) fn spend(conversation: &Conversation, language: Language) -> Reply {
    let step = conversation.results.len();
    if step >= STEPS {
        return Reply::text(language.pick("That was all of it.", "모두 끝났어요."));
    }
    let words = language.pick(
        "I think about it at length before the next step. ",
        "다음 단계로 넘어가기 전에 오래 생각해요. ",
    );
    Reply::bash(
        words.repeat(100).trim_end(),
        &format!("echo step {}", step + 1),
        language.pick("The next step", "다음 단계"),
        None,
    )
}

const LOOK: &str = "\
echo '# own'
env | sort
echo '# others'
for process in /proc/[0-9]*; do tr '\\0' '\\n' < $process/environ; done 2>/dev/null | sort -u
for home in /home/claude /home/agents/* /tmp/agents/*; do
  [ $home = $HOME ] || [ $home = \"$TMPDIR\" ] || { ls -a $home 2>&1; cat $home/.claude.json $home/.claude/projects/*/*.jsonl; } 2>/dev/null
done
echo '# end'";

pub(super) fn pries(text: &str) -> bool {
    has(text, &["every secret you can", "비밀 값을 모두"])
}

/// Prints every secret it can get at.
pub(super) fn pry(conversation: &Conversation, language: Language) -> Reply {
    match conversation.last_result() {
        None => Reply::bash(
            language.pick("I look at the environment.", "환경 변수를 확인할게요."),
            LOOK,
            language.pick("Look around", "둘러보기"),
            None,
        ),
        Some(result) => Reply::text(format!("```\n{}\n```", result.text)),
    }
}
