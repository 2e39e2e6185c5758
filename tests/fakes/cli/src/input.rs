//! What arrives on stdin, one JSON object a line.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::mpsc;

/// One line of input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    /// A message of the user's.
    User(String),
    Control {
        id: String,
        request: Value,
    },
    /// A line that ends the process, and why.
    Broken(String),
}

/// Reads lines until the end of the stream; the channel closes then.
pub(crate) async fn read(stdin: impl AsyncRead + Unpin, inputs: mpsc::Sender<Input>) {
    let mut lines = BufReader::new(stdin).lines();
    loop {
        let input = match lines.next_line().await {
            Ok(Some(line)) if line.trim().is_empty() => continue,
            Ok(Some(line)) => {
                parse(&line).unwrap_or_else(|error| Input::Broken(format!("{error:#}")))
            }
            Ok(None) => return,
            Err(error) => Input::Broken(error.to_string()),
        };
        if inputs.send(input).await.is_err() {
            return;
        }
    }
}

fn parse(line: &str) -> Result<Input> {
    let value: Value = serde_json::from_str(line).context("Error parsing streaming input line")?;
    match value["type"].as_str() {
        Some("user") => Ok(Input::User(text(&value["message"]["content"]))),
        Some("control_request") => Ok(Input::Control {
            id: value["request_id"].as_str().unwrap_or_default().to_owned(),
            request: value["request"].clone(),
        }),
        other => bail!(
            "Error: Expected message type 'user' or 'control', got '{}'",
            other.unwrap_or("undefined")
        ),
    }
}

/// Content is a string or a list of blocks.
fn text(content: &Value) -> String {
    let blocks = content
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|block| block["text"].as_str());
    content
        .as_str()
        .into_iter()
        .chain(blocks)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let user = r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"안녕 \"you\""}]}}"#;
        assert_eq!(
            parse(user).expect("a message"),
            Input::User("안녕 \"you\"".into())
        );
        let control =
            r#"{"type":"control_request","request_id":"r1","request":{"subtype":"interrupt"}}"#;
        assert!(
            matches!(parse(control).expect("a request"), Input::Control { id, .. } if id == "r1")
        );
        assert!(parse("plain text").is_err());
        assert!(parse("{}").is_err());
    }
}
