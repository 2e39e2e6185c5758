//! Lines as Claude Code 2.1.329 writes them, shortened to the fields that are read.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(reader: &mut Reader, line: &Value) -> Vec<Output> {
    reader.read(line.to_string().as_bytes())
}

fn stream(event: &Value) -> Value {
    json!({"type": "stream_event", "event": event, "parent_tool_use_id": null})
}

fn start() -> Value {
    stream(
        &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    )
}

fn delta(text: &str) -> Value {
    stream(
        &json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
    )
}

fn assistant(block: &Value) -> Value {
    json!({"type": "assistant", "message": {"role": "assistant", "content": [block]}, "parent_tool_use_id": null})
}

#[test]
fn a_block_is_shown_as_it_is_written_and_stored_once() {
    let mut reader = Reader::default();
    assert_eq!(read(&mut reader, &start()), []);
    for (offset, text) in [(0, "안녕 "), (3, "👩"), (5, "!")] {
        let expected = Output::Delta {
            block: 0,
            offset,
            text: text.to_owned(),
        };
        assert_eq!(read(&mut reader, &delta(text)), [expected]);
    }
    let stored = read(
        &mut reader,
        &assistant(&json!({"type": "text", "text": "안녕 👩!"})),
    );
    let event = Event::Text {
        block: 0,
        text: "안녕 👩!".to_owned(),
    };
    assert_eq!(stored, [Output::BlockDone(0), Output::Event(event)]);
    assert_eq!(reader.open_block(), None);
}

#[test]
fn text_that_was_abandoned_is_written_again_as_the_same_block() {
    let mut reader = Reader::default();
    read(&mut reader, &start());
    read(&mut reader, &delta("lost"));
    let mut stop = stream(&json!({"type": "message_stop"}));
    stop["abandoned_blocks"] = json!({"from_block_index": 0});
    assert_eq!(read(&mut reader, &stop), []);
    read(&mut reader, &start());
    let again = Output::Delta {
        block: 0,
        offset: 0,
        text: "said".to_owned(),
    };
    assert_eq!(read(&mut reader, &delta("said")), [again]);
}

#[test]
fn a_tool_and_its_answer() {
    let mut reader = Reader::default();
    let call = json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}});
    let outputs = read(&mut reader, &assistant(&call));
    assert!(matches!(&outputs[..], [Output::Event(Event::ToolUse { name, .. })] if name == "Bash"));
    let answer = json!({"type": "user", "message": {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "a"}, {"type": "image"}], "is_error": true}
    ]}});
    let event = Event::ToolResult {
        tool_use_id: "t1".to_owned(),
        is_error: true,
        content: "a".to_owned(),
    };
    assert_eq!(
        read(&mut reader, &answer),
        [Output::Event(event), Output::FilesMayHaveChanged]
    );
    assert!(reader.state.tools.is_empty());
}

#[test]
fn an_error_in_words_is_no_answer() {
    let mut reader = Reader::default();
    let mut line = assistant(&json!({"type": "text", "text": "API Error: 429"}));
    line["is_api_error_message"] = json!(true);
    assert_eq!(read(&mut reader, &line), []);
}

#[test]
fn a_subagents_text_is_not_shown_but_its_tools_are() {
    let mut reader = Reader::default();
    let mut text = assistant(&json!({"type": "text", "text": "to myself"}));
    text["parent_tool_use_id"] = json!("t0");
    assert_eq!(read(&mut reader, &text), []);
    let mut call = assistant(&json!({"type": "tool_use", "id": "t2", "name": "Read", "input": {}}));
    call["parent_tool_use_id"] = json!("t0");
    assert_eq!(read(&mut reader, &call).len(), 1);
}

#[test]
fn only_the_result_that_was_asked_for_ends_the_turn() {
    let mut reader = Reader::default();
    let mut result = json!({"type": "result", "subtype": "success", "is_error": false, "terminal_reason": "completed", "result": "done"});
    result["origin"] = json!({"kind": "task-notification"});
    assert_eq!(read(&mut reader, &result), []);
    result.as_object_mut().unwrap().remove("origin");
    assert!(matches!(&read(&mut reader, &result)[..], [Output::TurnEnded(end)] if !end.is_error));
}

#[test]
fn the_session_is_told_when_it_changes() {
    let mut reader = Reader::default();
    let init = |id: &str| json!({"type": "system", "subtype": "init", "session_id": id});
    assert_eq!(
        read(&mut reader, &init("a")),
        [Output::Session("a".to_owned())]
    );
    assert_eq!(read(&mut reader, &init("a")), []);
    assert_eq!(
        read(&mut reader, &init("b")),
        [Output::Session("b".to_owned())]
    );
}

#[test]
fn the_state_comes_back_as_it_was_stored() {
    let mut reader = Reader::default();
    read(&mut reader, &start());
    read(&mut reader, &delta("half a"));
    let stored = serde_json::to_string(&reader.state).unwrap();
    let mut again = Reader::new(serde_json::from_str(&stored).unwrap(), Arc::default());
    assert_eq!(again.open_block(), Some((0, "half a")));
    let next = Output::Delta {
        block: 0,
        offset: 6,
        text: " word".to_owned(),
    };
    assert_eq!(read(&mut again, &delta(" word")), [next]);
}

/// What version 0.1.0 has stored must stay readable: a run may wait for the next version in mid-stream.
#[test]
fn a_state_of_the_first_version_is_read() {
    let stored = r#"{"next_block":2,"open":{"text":"ab","units":2},"tools":{"t":"Bash"},"garbage":1,"skipping":false,"files":{"a.csv":5}}"#;
    let state: State = serde_json::from_str(stored).unwrap();
    assert_eq!((state.next_block, state.files["a.csv"]), (2, 5));
}

proptest! {
    #[test]
    fn nothing_a_container_writes_brings_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        Reader::default().read(&bytes);
    }

    #[test]
    fn nor_do_fields_of_odd_types(kind in "system|stream_event|assistant|user|result|x", name in "[a-z_]{1,12}", number in any::<f64>()) {
        let mut reader = Reader::default();
        for value in [json!(number), json!(null), json!([1, {"type": 2}]), json!({"content": {"a": 1}}), json!("text")] {
            let mut line = json!({"type": kind, "subtype": "api_retry", "retry_delay_ms": number});
            line[&name] = value;
            read(&mut reader, &line);
        }
    }
}

fn masked() -> Reader {
    Reader::new(State::default(), Arc::new(Mask::new(["hunter2"])))
}

fn shown(outputs: &[Output]) -> String {
    let text = |output: &Output| match output {
        Output::Delta { text, .. } => Some(text.clone()),
        _ => None,
    };
    outputs.iter().filter_map(text).collect()
}

#[test]
fn a_secret_that_comes_in_pieces_is_never_shown() {
    let mut reader = masked();
    read(&mut reader, &start());
    let mut live = String::new();
    let mut offsets = Vec::new();
    for piece in ["it is h", "unt", "er2", "! hunt", " the hun"] {
        let outputs = read(&mut reader, &delta(piece));
        offsets.extend(outputs.iter().filter_map(|output| match output {
            Output::Delta { offset, .. } => Some(*offset),
            _ => None,
        }));
        live.push_str(&shown(&outputs));
    }
    assert_eq!(live, "it is •••! hunt the ");
    assert_eq!(offsets, [0, 6, 9, 11]);
    let stored = serde_json::to_string(&reader.state).unwrap();
    assert!(!stored.contains("hun\""), "{stored}");
    let whole = assistant(&json!({"type": "text", "text": "it is hunter2! hunt the hunter2"}));
    let outputs = read(&mut reader, &whole);
    assert!(format!("{outputs:?}").contains("it is •••! hunt the •••"));
}

#[test]
fn after_a_crash_the_rest_of_a_block_is_not_shown_before_it_is_whole() {
    let mut reader = masked();
    read(&mut reader, &start());
    read(&mut reader, &delta("it is hun"));
    let stored = serde_json::to_string(&reader.state).unwrap();
    let mask = Arc::new(Mask::new(["hunter2"]));
    let mut again = Reader::new(serde_json::from_str(&stored).unwrap(), mask);
    assert_eq!(read(&mut again, &delta("ter2")), []);
    read(
        &mut again,
        &assistant(&json!({"type": "text", "text": "it is hunter2"})),
    );
    read(&mut again, &start());
    assert_eq!(shown(&read(&mut again, &delta("more"))), "more");
}

#[test]
fn calls_answers_and_ends_are_masked() {
    let mut reader = masked();
    let call = json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "echo hunter2"}});
    let mut outputs = read(&mut reader, &assistant(&call));
    let answer = json!({"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "hunter2\n"}]});
    outputs.extend(read(
        &mut reader,
        &json!({"type": "user", "message": {"role": "user", "content": [answer]}}),
    ));
    outputs.extend(read(
        &mut reader,
        &json!({"type": "result", "is_error": false, "result": "hunter2", "permission_denials": [
            {"tool_name": "WebFetch", "tool_use_id": "t2", "tool_input": {"url": "https://hunter2"}},
        ]}),
    ));
    let text = format!("{outputs:?}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(matches!(outputs.last(), Some(Output::TurnEnded(end)) if end.denied.is_some()));
}

#[test]
fn an_answer_that_names_a_proposal_is_followed_by_it() {
    let mut reader = Reader::default();
    let id = "0190b5a0-0000-7000-8000-000000000001";
    let name = "mcp__berth__propose_agent";
    read(
        &mut reader,
        &assistant(&json!({"type": "tool_use", "id": "t1", "name": name, "input": {}})),
    );
    let answer = json!({"type": "tool_result", "tool_use_id": "t1", "content": json!({"proposal_id": id}).to_string()});
    let outputs = read(
        &mut reader,
        &json!({"type": "user", "message": {"role": "user", "content": [answer]}}),
    );
    let named = outputs.iter().any(|output| {
        matches!(output, Output::Event(Event::Proposal { proposal_id }) if proposal_id.to_string() == id)
    });
    assert!(named, "{outputs:?}");
}
