use berth_fake_model::{Options, SAMPLE_SALES_CSV};
use serde_json::{Value, json};

use crate::client::{Answer, Server, body, called, user};

/// Asks, feeds the tool outputs one after the other, and answers all answers.
async fn play(text: &str, outputs: &[(&str, bool)]) -> Vec<Answer> {
    let server = Server::start(Options::test()).await;
    let mut messages = vec![user(text)];
    let mut answers = vec![server.ask(&messages).await];
    for (output, is_error) in outputs {
        messages.extend(called(&answers[answers.len() - 1], output, *is_error));
        answers.push(server.ask(&messages).await);
    }
    answers
}

const REPORT: &str = "\
rows: 208
period: 2025-01-02 .. 2025-06-26
total: 158,990,000
best month: 2025-05 = 33,829,600
best region: Seoul = 57,584,600
best product: Office chair = 64,629,000
saved: chart.png, summary.csv
month,Busan,Seoul,Total
2025-01,7850800,10831000,18681800";

#[tokio::test]
async fn the_sales_analysis_reports_what_python_printed() {
    let answers = play(
        "Analyse sales.csv and draw a chart",
        &[("209 sales.csv\ndate,revenue", false), (REPORT, false)],
    )
    .await;
    assert!(answers[0].command().contains("head -n 4 sales.csv"));
    assert!(answers[1].command().starts_with("python3 - <<'EOF'"));
    let last = &answers[2];
    assert_eq!(
        (last.stop_reason.as_str(), last.call.is_none()),
        ("end_turn", true)
    );
    for part in [
        "208 rows",
        "**158,990,000**",
        "**Seoul** (57,584,600)",
        "| 2025-01 | 7,850,800 |",
        "`chart.png`",
        "`summary.csv`",
    ] {
        assert!(last.text.contains(part), "{part} in {}", last.text);
    }
    assert!(last.usage["cache_read_input_tokens"].as_u64() > Some(0));
}

#[tokio::test]
async fn without_the_file_it_brings_a_sample_and_says_so() {
    let answers = play(
        "매출 데이터 분석해서 차트 그려줘",
        &[
            ("no sales.csv", false),
            ("File created", false),
            (REPORT, false),
        ],
    )
    .await;
    let (name, input) = answers[1].call.as_ref().expect("a call");
    assert_eq!(
        (name.as_str(), &input["file_path"]),
        ("Write", &json!("/workspace/sales.csv"))
    );
    assert_eq!(input["content"], SAMPLE_SALES_CSV);
    assert!(answers[1].text.contains("예제 파일"), "{}", answers[1].text);
    assert!(answers[2].command().contains("savefig(\"chart.png\")"));
    assert!(
        answers[3].text.contains("분석했어요"),
        "{}",
        answers[3].text
    );
}

#[tokio::test]
async fn a_failed_analysis_is_reported_as_one() {
    let error = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'pandas'";
    let answers = play("plot the sales", &[("2 sales.csv", false), (error, true)]).await;
    assert!(
        answers[2].text.contains("did not work"),
        "{}",
        answers[2].text
    );
    assert!(
        answers[2].text.contains("No module named 'pandas'"),
        "{}",
        answers[2].text
    );
}

#[tokio::test]
async fn a_package_is_installed_and_used() {
    let outputs = [
        ("Successfully installed humanize-4.1.0", false),
        ("version: 4.1.0\n159.0 million", false),
    ];
    let answers = play("install a package and use it", &outputs).await;
    assert_eq!(answers[0].command(), "pip install humanize");
    assert!(answers[1].command().contains("import humanize"));
    assert!(
        answers[2].text.contains("`humanize` 4.1.0") && answers[2].text.contains("159.0 million")
    );
    let answers = play("cowsay를 설치해 줘", &[("ERROR: no network", true)]).await;
    assert_eq!(answers[0].command(), "pip install cowsay");
    assert!(
        answers[1].text.contains("ERROR: no network"),
        "{}",
        answers[1].text
    );
}

#[tokio::test]
async fn a_long_task_mentions_the_stop_button() {
    let answers = play(
        "오래 걸리는 작업 실행해줘",
        &[("  1 / 120\nfinished", false)],
    )
    .await;
    assert!(answers[0].command().starts_with("python3 -u -c"));
    assert!(answers[0].text.contains("중지"));
    assert!(answers[1].text.contains("끝까지"));
}

#[tokio::test]
async fn anything_else_is_answered_honestly() {
    for (text, part) in [
        ("What is the capital of France?", "not Claude"),
        ("오늘 날씨 어때?", "Claude가 아니라"),
    ] {
        let answers = play(text, &[]).await;
        assert!(answers[0].text.contains(part), "{}", answers[0].text);
    }
}

#[tokio::test]
async fn earlier_messages_are_quoted() {
    let server = Server::start(Options::test()).await;
    let answer = json!({ "role": "assistant", "content": "Noted." });
    let messages = [
        user("Remember the number 42"),
        answer,
        user("What did I say?"),
    ];
    assert!(
        server
            .ask(&messages)
            .await
            .text
            .contains("> Remember the number 42")
    );
    assert!(
        server
            .ask(&messages[..1])
            .await
            .text
            .contains("stays in this conversation")
    );
    assert!(
        server
            .ask(&[user("이전 메시지가 뭐였지?")])
            .await
            .text
            .contains("첫 메시지")
    );
}

#[tokio::test]
async fn without_tools_nothing_is_called() {
    let server = Server::start(Options::test()).await;
    let mut body = body(&[user("analyse sales.csv and draw a chart")], false);
    body["tools"] = json!([]);
    let message: Value = server
        .post("/v1/messages", &body)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(
        (&message["stop_reason"], &message["content"][0]["type"]),
        (&json!("end_turn"), &json!("text"))
    );
}

#[tokio::test]
async fn directives_run_in_order_and_then_speak() {
    let text = "[[write:a.txt:x]] [[bash:cat a.txt]] [[echo]] 😀";
    let answers = play(text, &[("created", false), ("x", false)]).await;
    assert_eq!(
        answers[0].call.as_ref().expect("a call").1["file_path"],
        "/workspace/a.txt"
    );
    assert_eq!(answers[1].command(), "cat a.txt");
    let lines: Vec<&str> = answers[2].text.lines().collect();
    assert_eq!(lines[..2], ["created", "x"]);
    assert!(
        lines[2].starts_with("sha256=")
            && lines[2].ends_with(&format!(
                "bytes={} chars={}",
                text.len(),
                text.chars().count()
            ))
    );
}

/// Asks with other tools on offer, feeds the tool outputs one after the other, and answers all answers.
async fn play_with(tools: &[&str], text: &str, outputs: &[(&str, bool)]) -> Vec<Answer> {
    let server = Server::start(Options::test()).await;
    let mut messages = vec![user(text)];
    let mut answers = vec![server.ask_with(&messages, tools).await];
    for (output, is_error) in outputs {
        messages.extend(called(&answers[answers.len() - 1], output, *is_error));
        answers.push(server.ask_with(&messages, tools).await);
    }
    answers
}

const CHAT: [&str; 2] = ["Bash", "mcp__berth__propose_agent"];
const AGENT: [&str; 3] = [
    "Bash",
    "mcp__berth__publish_result",
    "mcp__berth__ask_owner",
];

#[tokio::test]
async fn a_sentence_is_proposed_as_an_agent() {
    let answer =
        r#"{"proposal_id":"1","name":"Sales table","next_runs_local":["Monday 2026-01-05 08:00"]}"#;
    for (text, notify, part) in [
        (
            "Analyse the sales every Monday at eight and mail me the table",
            true,
            "Nothing is saved yet",
        ),
        (
            "매주 월요일 8시에 매출 분석해줘",
            false,
            "아직 저장된 것은 없으니",
        ),
    ] {
        let answers = play_with(&CHAT, text, &[(answer, false)]).await;
        let (name, input) = answers[0].call.as_ref().expect("a call");
        assert_eq!(name, "mcp__berth__propose_agent");
        assert_eq!(
            input["schedule"],
            json!({"frequency": "weekly", "time": "08:00", "weekdays": ["mon"]})
        );
        assert_eq!(input["notify"]["success"], notify);
        assert!(answers[1].text.contains(part) && answers[1].text.contains("Sales table"));
    }
    let unzoned = [("- schedule/time_zone: unknown", true)];
    let corrected = play_with(&CHAT, "매일 9시에 해줘", &unzoned).await;
    let (_, input) = corrected[1].call.as_ref().expect("a call");
    assert_eq!(input["schedule"]["time_zone"], "Asia/Seoul");
    let refused = play_with(&CHAT, "every day at 9", &[("Not accepted.", true)]).await;
    assert!(
        refused[1].text.contains("Not accepted."),
        "{}",
        refused[1].text
    );
}

#[tokio::test]
async fn what_is_to_be_repeated_is_what_was_said_before() {
    let server = Server::start(Options::test()).await;
    let noted = json!({"role": "assistant", "content": "Noted."});
    let messages = [
        user("Count the open invoices"),
        noted,
        user("do this every day at 9"),
    ];
    let answer = server.ask_with(&messages, &CHAT).await;
    let (_, input) = answer.call.expect("a call");
    assert_eq!(input["prompt"], "Count the open invoices");
    assert_eq!(input["schedule"]["frequency"], "daily");
}

#[tokio::test]
async fn an_agents_run_hands_in_its_report() {
    let text = "매주 하는 일: sales.csv를 분석해서 차트를 그려줘.";
    let outputs = [
        ("../sales.csv", false),
        (REPORT, false),
        ("{\"published\":true}", false),
    ];
    let answers = play_with(&AGENT, text, &outputs).await;
    let (name, input) = answers[2].call.as_ref().expect("a call");
    assert_eq!(name, "mcp__berth__publish_result");
    assert!(
        input["markdown"]
            .as_str()
            .expect("a text")
            .contains("158,990,000")
    );
    assert_eq!(answers[3].stop_reason, "end_turn");
}

#[tokio::test]
async fn questions_are_asked_in_the_way_that_is_on_offer() {
    let text = "Ask me first which year";
    let owner = play_with(&AGENT, text, &[]).await;
    let (name, input) = owner[0].call.as_ref().expect("a call");
    assert_eq!(name, "mcp__berth__ask_owner");
    assert!(input["question"].as_str().expect("a text").contains("2025"));
    let user = play("먼저 물어봐 줘", &[]).await;
    assert_eq!(user[0].call.as_ref().expect("a call").0, "AskUserQuestion");
}

#[tokio::test]
async fn trouble_on_demand() {
    let nothing = play("Do nothing at all", &[]).await;
    assert_eq!(
        (nothing[0].text.as_str(), nothing[0].call.is_none()),
        ("Done.", true)
    );
    let dear = play("an expensive task", &[("step 1", false)]).await;
    assert_eq!(dear[1].command(), "echo step 2");
    let pries = play("print every secret you can", &[("TOKEN=1", false)]).await;
    assert!(pries[0].command().contains("environ"));
    assert!(pries[1].text.contains("TOKEN=1"));
    let called = play("[[call:Any:{\"a\":[1]}]][[say:then]]", &[("x", false)]).await;
    assert_eq!(called[0].call, Some(("Any".to_owned(), json!({"a": [1]}))));
}
