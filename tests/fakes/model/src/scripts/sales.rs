//! The sales analysis: look for the file, bring a sample if there is none, run real Python, report what it printed.

use serde_json::{Value, json};

use super::{Language, has, last_line};
use crate::SAMPLE_SALES_CSV;
use crate::conversation::Conversation;
use crate::reply::Reply;
use report::Report;

mod report;

/// An agent works in a folder of its own; the user's files are above it.
const LOOK: &str = "if [ -f sales.csv ]; then wc -l sales.csv; head -n 4 sales.csv; \
    elif [ -f ../sales.csv ]; then wc -l ../sales.csv; head -n 4 ../sales.csv; else echo 'no sales.csv'; fi";
/// Where an agent's run hands in its report.
const PUBLISH: &str = "mcp__berth__publish_result";
const ABSENT: &str = "no sales.csv";
const PROGRAM: &str = include_str!("../../assets/sales_report.py");

/// Whether a text has to do with it.
pub(super) fn is_about(text: &str) -> bool {
    has(text, &["sales", "매출"])
}

pub(super) fn matches(text: &str) -> bool {
    is_about(text)
        && has(
            text,
            &["chart", "plot", "graph", "analy", "분석", "차트", "그래프"],
        )
}

pub(super) fn reply(conversation: &Conversation, language: Language) -> Reply {
    let Some(result) = conversation.last_result() else {
        return look(language);
    };
    if result.is_error {
        return failure(&result.text, language);
    }
    if result.name == PUBLISH {
        return Reply::text(language.pick("The report is handed in.", "보고서를 올렸어요."));
    }
    match Step::of(&result.input) {
        Step::Look if result.text.trim() == ABSENT => write_sample(conversation, language),
        Step::Look => analyse(
            language.pick(
                "The file is here. I analyse it with Python.",
                "파일이 있네요. Python으로 분석할게요.",
            ),
            language,
        ),
        Step::Sample => analyse(
            language.pick(
                "The sample is in place. Now I analyse it with Python.",
                "예제 파일을 준비했어요. 이제 Python으로 분석할게요.",
            ),
            language,
        ),
        Step::Analysis => match Report::read(&result.text) {
            Some(report) if conversation.offers(PUBLISH) => Reply::call(
                language.pick(
                    "The figures are there. I hand in the report.",
                    "숫자가 나왔어요. 보고서를 올릴게요.",
                ),
                PUBLISH,
                json!({"markdown": report.to_markdown(language)}),
            ),
            Some(report) => Reply::text(report.to_markdown(language)),
            None => failure(&result.text, language),
        },
    }
}

/// Which of this script's calls a result answers.
enum Step {
    Look,
    Sample,
    Analysis,
}

impl Step {
    fn of(input: &Value) -> Self {
        let command = input["command"].as_str().unwrap_or_default();
        if command == LOOK {
            Self::Look
        } else if command.contains(PROGRAM) {
            Self::Analysis
        } else {
            Self::Sample
        }
    }
}

fn look(language: Language) -> Reply {
    Reply::bash(
        language.pick(
            "I'll look at `sales.csv` first.",
            "먼저 `sales.csv` 파일을 확인할게요.",
        ),
        LOOK,
        language.pick("Look at sales.csv", "sales.csv 확인"),
        None,
    )
}

fn write_sample(conversation: &Conversation, language: Language) -> Reply {
    let text = language.pick(
        "There is no `sales.csv` in your workspace, so I write a sample with six months of made-up sales.",
        "작업 공간에 `sales.csv` 파일이 없어서, 6개월치 가상 매출이 담긴 예제 파일을 만들게요.",
    );
    match &conversation.workdir {
        Some(workdir) if conversation.offers("Write") => {
            let path = format!("{workdir}/sales.csv");
            Reply::call(
                text,
                "Write",
                json!({ "file_path": path, "content": SAMPLE_SALES_CSV }),
            )
        }
        _ => Reply::bash(
            text,
            &format!("cat > sales.csv <<'EOF'\n{SAMPLE_SALES_CSV}EOF"),
            language.pick("Write a sample sales.csv", "예제 sales.csv 만들기"),
            None,
        ),
    }
}

fn analyse(text: &str, language: Language) -> Reply {
    Reply::bash(
        text,
        &format!("python3 - <<'EOF'\n{PROGRAM}EOF"),
        language.pick(
            "Analyse sales.csv and draw a chart",
            "sales.csv 분석하고 차트 그리기",
        ),
        None,
    )
}

fn failure(output: &str, language: Language) -> Reply {
    let lead = language.pick(
        "The analysis did not work. The last line of the output says:",
        "분석이 잘되지 않았어요. 출력의 마지막 줄은 이래요.",
    );
    Reply::text(format!("{lead}\n\n```\n{}\n```", last_line(output)))
}
