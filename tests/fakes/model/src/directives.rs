//! Directives that tests write into a message. Calls come first, one after the other; then everything to be said, in order.
//!
//! | | |
//! |---|---|
//! | `[[say:TEXT]]`, `[[say:LONG:N]]` | says a text, or N words |
//! | `[[echo]]` | says the SHA-256 and the length of the user's text |
//! | `[[bash:COMMAND]]` | runs a command and says its output |
//! | `[[background:COMMAND]]` | starts a command that goes on after the turn |
//! | `[[write:PATH:CONTENT]]`, `[[read:PATH]]` | writes or reads a file, relative to the working directory |
//! | `[[call:TOOL:JSON]]` | calls any tool with these arguments, whether it is on offer or not |
//! | `[[slow:MS]]` | pause between two deltas |
//! | `[[hold:NAME]]` | waits half-way through the last answer until the gate is released |
//! | `[[fault:KIND]]`, `[[fault:KIND*N]]` | the first N requests of this message fail, see [`crate::Fault`] |
//!
//! The last three may also stand beside plain text, which a script then answers.

use std::time::Duration;

use serde_json::Value;

use crate::faults::Fault;

/// Everything a message orders. Calls and words are kept in the order they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    pub(crate) steps: Vec<Step>,
    /// Pause between two deltas, instead of the server's own.
    pub(crate) slow: Option<Duration>,
    /// A gate to wait at in the middle of the text.
    pub(crate) hold: Option<String>,
    /// A fault and how many requests it spoils.
    pub(crate) fault: Option<(Fault, u32)>,
}

/// Something to say or to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Say(String),
    Bash(String),
    Write {
        path: String,
        content: String,
    },
    Read(String),
    Call {
        tool: String,
        input: Value,
    },
    /// A command that goes on after the turn; when it ends, the CLI starts a turn that nobody asked for.
    Background(String),
    Echo,
}

impl Step {
    pub(crate) fn calls_a_tool(&self) -> bool {
        matches!(
            self,
            Self::Bash(_)
                | Self::Write { .. }
                | Self::Read(_)
                | Self::Background(_)
                | Self::Call { .. }
        )
    }
}

impl Directives {
    /// Reads the directives in a text; what is not one is left to the scripts.
    pub(crate) fn read(text: &str) -> Self {
        let mut directives = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find("[[") {
            rest = &rest[start + 2..];
            let Some(end) = closing(rest) else { break };
            let (name, argument) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
            directives.add(name, argument);
            rest = &rest[end + 2..];
        }
        directives
    }

    fn add(&mut self, name: &str, argument: &str) {
        match name {
            "say" => self.steps.push(Step::Say(spoken(argument))),
            "bash" => self.steps.push(Step::Bash(argument.to_owned())),
            "read" => self.steps.push(Step::Read(argument.to_owned())),
            "background" => self.steps.push(Step::Background(argument.to_owned())),
            "echo" => self.steps.push(Step::Echo),
            "call" => {
                if let Some((tool, input)) = argument.split_once(':')
                    && let Ok(input) = serde_json::from_str(input)
                {
                    self.steps.push(Step::Call {
                        tool: tool.to_owned(),
                        input,
                    });
                }
            }
            "write" => {
                if let Some((path, content)) = argument.split_once(':') {
                    self.steps.push(Step::Write {
                        path: path.to_owned(),
                        content: content.to_owned(),
                    });
                }
            }
            "slow" => self.slow = argument.parse().ok().map(Duration::from_millis),
            "hold" => self.hold = Some(argument.to_owned()),
            "fault" => self.fault = fault(argument),
            _ => {}
        }
    }
}

/// Where the directive ends: the `]]` that matches, since a shell command may hold brackets of its own.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"[[") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"]]") {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// `LONG:N` stands for N words.
fn spoken(argument: &str) -> String {
    match argument
        .strip_prefix("LONG:")
        .and_then(|count| count.parse::<usize>().ok())
    {
        Some(count) => (1..=count)
            .map(|n| format!("word{n}"))
            .collect::<Vec<_>>()
            .join(" "),
        None => argument.to_owned(),
    }
}

fn fault(argument: &str) -> Option<(Fault, u32)> {
    let (kind, times) = argument.split_once('*').unwrap_or((argument, "1"));
    Some((kind.parse().ok()?, times.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn in_the_order_written() {
        let directives = Directives::read(
            "go [[write:a.txt:x: y]] [[bash:[[ -f a.txt ]] && echo 예]] [[say:LONG:3]] [[slow:5]]",
        );
        assert_eq!(
            directives.steps,
            [
                Step::Write {
                    path: "a.txt".into(),
                    content: "x: y".into()
                },
                Step::Bash("[[ -f a.txt ]] && echo 예".into()),
                Step::Say("word1 word2 word3".into()),
            ]
        );
        assert_eq!(directives.slow, Some(Duration::from_millis(5)));
    }

    #[test]
    fn faults_and_gates() {
        let directives = Directives::read("[[fault:429*2]][[hold:half]]");
        assert_eq!(
            directives.fault,
            Some((Fault::Status(StatusCode::TOO_MANY_REQUESTS), 2))
        );
        assert_eq!(directives.hold.as_deref(), Some("half"));
    }

    #[test]
    fn anything_else_is_plain_text() {
        for text in [
            "",
            "[[",
            "a [[b",
            "[[unknown:1]]",
            "list[[0]]",
            "[[fault:none]]",
        ] {
            assert_eq!(Directives::read(text), Directives::default(), "{text}");
        }
    }
}
