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
    let mut again = Reader::new(serde_json::from_str(&stored).unwrap());
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
