//! An answer as server-sent events: first planned as frames by a pure function, then sent at the model's pace.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, stream};
use serde_json::{Value, json};

use crate::reply::{Block, Reply};
use crate::state::Model;
use crate::usage::InputTokens;

/// Longest piece of text in one delta, in characters; words are shorter.
const TEXT_DELTA: usize = 24;
/// Longest piece of a tool's input in one delta: inputs hold whole files, and nobody reads them as they come.
const JSON_DELTA: usize = 400;

/// One step of sending.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Frame {
    Event(Bytes),
    /// An event that is paced.
    Delta(Bytes),
    /// Wait at this gate.
    Hold(String),
    /// Cut the connection.
    Cut,
}

/// What happens in the middle of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Middle {
    Hold(String),
    Cut,
    /// An `error` event with this data.
    Error(Value),
}

/// Plans the frames of an answer. `message` is the message's object without content, as it starts; what `middle` says happens
/// half-way through the deltas of the first block.
pub(crate) fn plan(
    message: &Value,
    reply: &Reply,
    tokens: InputTokens,
    middle: Option<Middle>,
) -> Vec<Frame> {
    let id = message["id"].as_str().unwrap_or_default();
    let mut frames = vec![
        Frame::Event(event(
            &json!({ "type": "message_start", "message": message }),
        )),
        Frame::Event(event(&json!({ "type": "ping" }))),
    ];
    let mut middle = middle;
    for (index, block) in reply.blocks.iter().enumerate() {
        frames.push(Frame::Event(event(&start(block, id, index))));
        let deltas = deltas(block);
        let (before, after) = deltas.split_at(deltas.len() / 2);
        let frame = |delta: &Value| {
            Frame::Delta(event(
                &json!({ "type": "content_block_delta", "index": index, "delta": delta }),
            ))
        };
        frames.extend(before.iter().map(frame));
        match middle.take() {
            None => {}
            Some(Middle::Hold(name)) => frames.push(Frame::Hold(name)),
            Some(Middle::Cut) => {
                frames.push(Frame::Cut);
                return frames;
            }
            Some(Middle::Error(error)) => {
                frames.push(Frame::Event(event(&error)));
                return frames;
            }
        }
        frames.extend(after.iter().map(frame));
        frames.push(Frame::Event(event(
            &json!({ "type": "content_block_stop", "index": index }),
        )));
    }
    frames.push(Frame::Event(event(&json!({
        "type": "message_delta",
        "delta": { "stop_reason": reply.stop_reason(), "stop_sequence": null },
        "usage": tokens.usage(reply.output_tokens()),
    }))));
    frames.push(Frame::Event(event(&json!({ "type": "message_stop" }))));
    frames
}

/// Sends the frames. Deltas wait `pace`, or the model's own pace, before they go.
pub(crate) fn send(
    model: Model,
    number: u64,
    frames: Vec<Frame>,
    pace: Option<Duration>,
) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(
        (model, frames.into_iter()),
        move |(model, mut frames)| async move {
            loop {
                let bytes = match frames.next()? {
                    Frame::Event(bytes) => Ok(bytes),
                    Frame::Delta(bytes) => {
                        pause(pace.unwrap_or_else(|| model.pace())).await;
                        model.mark_first_delta(number);
                        Ok(bytes)
                    }
                    Frame::Hold(name) => {
                        model.hold(&name).await;
                        continue;
                    }
                    Frame::Cut => {
                        pause(Duration::ZERO).await;
                        Err(std::io::Error::other("cut on demand"))
                    }
                };
                let bytes = if model.is_closing() {
                    Err(std::io::Error::other("the server ends"))
                } else {
                    bytes
                };
                if bytes.is_err() {
                    frames = Vec::new().into_iter();
                }
                return Some((bytes, (model, frames)));
            }
        },
    )
}

/// Waits; at least long enough for the connection to send what it has, so that no delta hides behind the next.
async fn pause(time: Duration) {
    if time.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(time).await;
    }
}

/// One event on the wire; its name repeats the type in its data.
fn event(data: &Value) -> Bytes {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

fn start(block: &Block, message: &str, index: usize) -> Value {
    let mut content = block.to_json(message, index);
    match block {
        Block::Text(_) => content["text"] = "".into(),
        Block::ToolUse { .. } => content["input"] = json!({}),
    }
    json!({ "type": "content_block_start", "index": index, "content_block": content })
}

fn deltas(block: &Block) -> Vec<Value> {
    match block {
        Block::Text(text) => text
            .split_inclusive(' ')
            .flat_map(|word| pieces(word, TEXT_DELTA))
            .map(|piece| json!({ "type": "text_delta", "text": piece }))
            .collect(),
        Block::ToolUse { input, .. } => pieces(&input.to_string(), JSON_DELTA)
            .into_iter()
            .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
            .collect(),
    }
}

/// Cuts a text into pieces of at most `size` characters.
fn pieces(text: &str, size: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(size)
        .map(|piece| piece.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ApiError;

    fn frames(reply: &Reply, middle: Option<Middle>) -> Vec<Frame> {
        let tokens =
            InputTokens::count(&json!({ "messages": [{ "role": "user", "content": "hi" }] }));
        plan(&json!({ "id": "msg_1" }), reply, tokens, middle)
    }

    #[test]
    fn deltas_add_up_to_the_text() {
        let text = "매출이 가장 많은 달은 5월이에요.  two  spaces\n\nand averyveryveryveryveryverylongword😀";
        let joined: String = deltas(&Block::Text(text.into()))
            .iter()
            .map(|delta| delta["text"].as_str().expect("text"))
            .collect();
        assert_eq!(joined, text);
    }

    #[test]
    fn a_hold_comes_half_way() {
        let frames = frames(
            &Reply::text("one two three four"),
            Some(Middle::Hold("gate".into())),
        );
        let at = frames
            .iter()
            .position(|frame| *frame == Frame::Hold("gate".into()))
            .expect("a hold");
        let is_delta = |frame: &&Frame| matches!(frame, Frame::Delta(_));
        assert_eq!(frames[..at].iter().filter(is_delta).count(), 2);
        assert_eq!(frames[at..].iter().filter(is_delta).count(), 2);
    }

    #[test]
    fn nothing_follows_a_cut_or_an_error() {
        let reply = Reply::text("one two three four");
        assert_eq!(frames(&reply, Some(Middle::Cut)).last(), Some(&Frame::Cut));
        let error = ApiError::overloaded();
        let frames = frames(&reply, Some(Middle::Error(error.body())));
        let Some(Frame::Event(last)) = frames.last() else {
            panic!("an event")
        };
        assert!(last.starts_with(b"event: error\n"), "{last:?}");
    }
}
