//! What goes to Claude Code's standard input: one JSON object a line. Text never goes through a command line, so that
//! quotes, dashes and length do not matter.

use serde_json::{Value, json};

fn line(value: &Value) -> String {
    let mut text = value.to_string();
    text.push('\n');
    text
}

/// A message from the user.
pub fn user_message(content: &str) -> String {
    line(&json!({
        "type": "user",
        "message": {"role": "user", "content": content},
    }))
}

/// Stops the turn that is under way; the process stays usable.
pub fn interrupt(request_id: &str) -> String {
    line(&json!({
        "type": "control_request",
        "request_id": request_id,
        "request": {"subtype": "interrupt"},
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_one_line_and_comes_back_exactly() {
        for text in [
            "-rf \"$(x)\" 'y' `z`",
            "두 줄\n세 줄\r\n",
            "\u{2028}👩‍👩‍👧\\n",
            "/etc/hosts",
        ] {
            let line = user_message(text);
            assert_eq!(line.find('\n'), Some(line.len() - 1));
            let value: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(value["message"]["content"], text);
        }
    }
}
