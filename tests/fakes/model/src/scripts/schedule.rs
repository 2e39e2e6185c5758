//! A sentence such as "do this every Monday at eight and mail me the table": an agent with a schedule is proposed through
//! Berth's own tool, and then told of.

use serde_json::{Value, json};

use super::{Language, has, sales};
use crate::conversation::Conversation;
use crate::reply::Reply;
use when::When;

mod when;

pub(super) const TOOL: &str = "mcp__berth__propose_agent";

const EVERY: [&str; 18] = [
    "every hour",
    "every day",
    "every morning",
    "every week",
    "every month",
    "every mon",
    "every tue",
    "every wed",
    "every thu",
    "every fri",
    "every sat",
    "every sun",
    "매시간",
    "매일",
    "매주",
    "매월",
    "매달",
    "아침마다",
];

pub(super) fn matches(text: &str) -> bool {
    has(text, &EVERY)
}

pub(super) fn reply(conversation: &Conversation, language: Language) -> Reply {
    match conversation.last_result() {
        None => Reply::call(
            language.pick(
                "I'll propose that as an agent that runs by itself.",
                "스스로 실행되는 에이전트로 제안해 드릴게요.",
            ),
            TOOL,
            proposal(conversation, language),
        ),
        Some(result)
            if result.is_error
                && conversation.results.len() == 1
                && result.text.contains("time_zone") =>
        {
            let mut corrected = proposal(conversation, language);
            corrected["schedule"]["time_zone"] = language.pick("Etc/UTC", "Asia/Seoul").into();
            Reply::call("", TOOL, corrected)
        }
        Some(result) if result.is_error => Reply::text(format!(
            "{}\n\n```\n{}\n```",
            language.pick(
                "I could not propose it. Berth said:",
                "제안하지 못했어요. Berth의 답은 이래요.",
            ),
            result.text
        )),
        Some(result) => proposed(&result.text, language),
    }
}

/// What "this" is: the analysis when that was asked for, now or just before; else what was said last, word by word.
fn proposal(conversation: &Conversation, language: Language) -> Value {
    let text = conversation.last_text().to_lowercase();
    let before = conversation.previous_text().unwrap_or_default();
    let mail = has(&text, &["mail", "메일"]);
    let mut agent = if sales::is_about(&text) || sales::is_about(&before.to_lowercase()) {
        analysis(language)
    } else {
        let task = if before.is_empty() {
            conversation.last_text()
        } else {
            before
        };
        let name: String = task
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(40)
            .collect();
        json!({"name": name.trim(), "prompt": task})
    };
    agent["schedule"] = When::read(&text).to_json();
    agent["notify"] = json!({"success": mail});
    agent
}

fn analysis(language: Language) -> Value {
    json!({
        "name": language.pick("Sales table", "매출 표"),
        "prompt": language.pick(
            "Analyse sales.csv and draw a chart: revenue by month and region. Save the chart as chart.png and the table as \
             summary.csv, and publish a report with the total, the best month and the table.",
            "sales.csv를 분석해서 차트를 그려줘. 월별·지역별 매출을 계산하고, 차트는 chart.png, 표는 summary.csv로 저장한 다음, \
             총매출과 매출이 가장 많은 달, 표를 담은 보고서를 올려줘.",
        ),
        "done": [
            {"kind": "newer_than_start", "path": "chart.png"},
            {"kind": "newer_than_start", "path": "summary.csv"},
            {"kind": "min_rows", "path": "summary.csv", "rows": 1},
        ],
    })
}

fn proposed(answer: &str, language: Language) -> Reply {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let name = answer["name"].as_str().unwrap_or_default();
    let next = answer["next_runs_local"][0].as_str().unwrap_or_default();
    let text = language.pick(
        "I propose the agent **NAME**; its first run would be on NEXT. Nothing is saved yet: look at the card, change what you \
         like, and confirm it.",
        "**NAME** 에이전트를 제안했어요. 첫 실행은 NEXT이에요. 아직 저장된 것은 없으니, 카드를 확인하고 원하는 대로 고친 다음 확인을 \
         눌러 주세요.",
    );
    Reply::text(text.replace("NAME", name).replace("NEXT", next))
}
