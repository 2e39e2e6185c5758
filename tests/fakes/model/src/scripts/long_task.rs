//! Two minutes of work, to try the Stop button. A plain `sleep` would be refused by the CLI.

use super::{Language, has, last_line};
use crate::conversation::Conversation;
use crate::reply::Reply;

const COMMAND: &str = r#"python3 -u -c "
import time
for second in range(1, 121):
    print(f'{second:3} / 120', flush=True)
    time.sleep(1)
print('finished')
""#;
/// Milliseconds; the CLI's own limit is two minutes, as long as the task itself.
const TIMEOUT: u64 = 180_000;

pub(super) fn matches(text: &str) -> bool {
    has(
        text,
        &[
            "long task",
            "long-running",
            "long running",
            "오래 걸리는",
            "오래걸리는",
            "긴 작업",
        ],
    )
}

pub(super) fn reply(conversation: &Conversation, language: Language) -> Reply {
    let Some(result) = conversation.last_result() else {
        return Reply::bash(
            language.pick(
                "I am starting a task that takes two minutes. You can end it at any time with the Stop button.",
                "2분 걸리는 작업을 시작할게요. 중지 버튼으로 언제든지 끝낼 수 있어요.",
            ),
            COMMAND,
            language.pick("Count for two minutes", "2분 동안 숫자 세기"),
            Some(TIMEOUT),
        );
    };
    if !result.is_error && last_line(&result.text) == "finished" {
        return Reply::text(language.pick(
            "The two minutes are over: the task ran to its end.",
            "2분이 지났어요. 작업이 끝까지 실행됐어요.",
        ));
    }
    Reply::text(format!(
        "{} `{}`",
        language.pick(
            "The task did not reach its end. It last said:",
            "작업이 끝까지 가지 못했어요. 마지막 출력은 이래요."
        ),
        last_line(&result.text)
    ))
}
