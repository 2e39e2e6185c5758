use serde_json::{Value, json};

use crate::driver::{World, shape};

#[test]
fn a_turn_has_the_lines_of_the_real_one() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("안녕 \"you\"");
    let lines = cli.turn();
    assert_eq!(
        shape(&lines),
        [
            "system:init",
            "system:status",
            "stream_event:message_start",
            "stream_event:content_block_start",
            "stream_event:content_block_delta",
            "assistant:text",
            "stream_event:content_block_stop",
            "stream_event:message_delta",
            "stream_event:message_stop",
            "result:success",
        ]
    );
    let result = &lines[lines.len() - 1];
    assert_eq!(result["result"], "You said: 안녕 \"you\"");
    assert_eq!(
        (&result["is_error"], &result["terminal_reason"]),
        (&json!(false), &json!("completed"))
    );
    assert!(
        lines
            .iter()
            .all(|line| line["session_id"] == lines[0]["session_id"])
    );
    assert_eq!(cli.finish().0.code(), Some(0));
}

#[test]
fn tools_write_files_and_messages_repeat() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[tool:1]][[file:out/a.txt:hi: you]]");
    let lines = cli.turn();
    assert_eq!(
        std::fs::read_to_string(world.path().join("out/a.txt")).expect("the file"),
        "hi: you"
    );
    let tools: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"]["content"][0]["type"] == "tool_use")
        .collect();
    let results: Vec<&Value> = lines.iter().filter(|line| line["type"] == "user").collect();
    assert_eq!(tools[1]["message"]["content"][0]["name"], "Write");
    for (call, result) in tools.iter().zip(&results) {
        assert_eq!(
            call["message"]["content"][0]["id"],
            result["message"]["content"][0]["tool_use_id"]
        );
    }
    assert_eq!(lines[lines.len() - 1]["num_turns"], 3);
}

#[test]
fn costs_add_up_over_the_process_and_usage_does_not() {
    let world = World::new();
    let mut cli = world.start(&[]);
    let results = ["one", "two"].map(|text| {
        cli.say(text);
        cli.result()
    });
    let cost = |result: &Value, field: &str| {
        result[field]["claude-opus-5-5"]["costUSD"]
            .as_f64()
            .expect("a cost")
    };
    let sum: f64 = results
        .iter()
        .map(|result| cost(result, "model_usage_since_last_result"))
        .sum();
    assert!((sum - results[1]["total_cost_usd"].as_f64().expect("a cost")).abs() < 1e-12);
    assert!((sum - cost(&results[1], "modelUsage")).abs() < 1e-12);
    assert_eq!(results[1]["result_index"], 1);
}

#[test]
fn an_interrupt_ends_the_text_and_the_process_goes_on() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[deltas:1:0]][[gate:never]]");
    cli.until(|line| line["event"]["type"] == "content_block_delta");
    cli.control(&json!({ "subtype": "interrupt" }));
    let lines = cli.turn();
    assert_eq!(lines[0]["response"]["response"]["still_queued"], json!([]));
    assert_eq!(lines[1]["aborted"], true);
    let result = &lines[lines.len() - 1];
    assert_eq!(
        (&result["subtype"], &result["terminal_reason"]),
        (
            &json!("error_during_execution"),
            &json!("aborted_streaming")
        )
    );
    cli.say("again");
    assert_eq!(cli.result()["result"], "You said: again");
    assert_eq!(cli.finish().0.code(), Some(0));
}

#[test]
fn an_interrupt_ends_a_tool() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[tool:600000]]");
    cli.until(|line| line["message"]["content"][0]["type"] == "tool_use");
    cli.control(&json!({ "subtype": "interrupt" }));
    let lines = cli.turn();
    assert!(
        lines
            .iter()
            .any(|line| line["message"]["content"][0]["is_error"] == true)
    );
    assert_eq!(lines[lines.len() - 1]["terminal_reason"], "aborted_tools");
}

#[test]
fn messages_wait_for_the_turn_and_controls_do_not() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[gate:go]] one");
    cli.say("two");
    cli.control(&json!({ "subtype": "set_model", "model": "other" }));
    cli.until(|line| line["response"]["response"]["model"] == "other");
    std::fs::write(world.path().join("go"), "").expect("the gate");
    assert_eq!(cli.result()["result"], "Done.");
    let lines = cli.turn();
    assert_eq!(
        (&lines[0]["model"], &lines[lines.len() - 1]["result"]),
        (&json!("other"), &json!("You said: two"))
    );
    cli.control(&json!({ "subtype": "nonsense" }));
    assert_eq!(cli.until(|_| true)[0]["response"]["subtype"], "error");
}

#[test]
fn a_lost_connection_abandons_what_was_said() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[api_retry:2]][[drop]]");
    let lines = cli.turn();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line["subtype"] == "api_retry")
            .count(),
        3
    );
    let stop = lines
        .iter()
        .find(|line| line["event"]["type"] == "message_stop")
        .expect("a stop");
    assert_eq!(stop["abandoned_blocks"]["from_block_index"], 0);
    assert_eq!(lines[lines.len() - 1]["result"], "Done.");
}

#[test]
fn a_turn_nobody_asked_for() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[notify]]");
    assert_eq!(cli.result()["origin"], Value::Null);
    assert_eq!(cli.result()["origin"]["kind"], "task-notification");
}
