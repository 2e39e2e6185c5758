//! What a message orders: `[[name]]`, `[[name:argument]]`. Steps are carried out in the order they were written.
//!
//! | | |
//! |---|---|
//! | `[[sleep:MS]]` | says nothing for that long |
//! | `[[gate:PATH]]` | says nothing until the file exists |
//! | `[[deltas:N:MS]]` | N words, that far apart |
//! | `[[tool:MS]]` | a Bash call that takes that long |
//! | `[[file:PATH:CONTENT]]` | writes a file (relative to the working directory) with a Write call |
//! | `[[call:TOOL:JSON]]` | a call of any tool with these arguments, which answers "done" |
//! | `[[env:NAME]]` | says what a variable of its environment is |
//! | `[[clock]]` | says what time it is, in nanoseconds since 1970: `at NANOSECONDS` |
//! | `[[line:BYTES]]` | a tool result whose line has exactly that size (at least about 600 bytes) |
//! | `[[recall]]` | says the user's earlier texts of the session, as a JSON list |
//! | `[[api_retry:N]]` | the model's API fails N times first |
//! | `[[drop]]` | a text is broken off and abandoned, as when the connection to the model is lost, and said again |
//! | `[[is_error:REASON]]` | the result is an error with that `terminal_reason` |
//! | `[[noresult]]` | the result line is missing; the process stays |
//! | `[[notify]]` | after the result comes a turn that nobody asked for |
//! | `[[garbage]]` | lines that are not JSON or not UTF-8 |
//! | `[[endless]]`, `[[endless:lines]]` | output without end, in one line or in many |
//! | `[[child]]` | leaves a process in a session of its own that ignores SIGTERM and holds stdout |
//! | `[[die]]`, `[[die:CODE]]` | exits in the middle of the turn |
//!
//! A text without directives is said back.

use std::time::Duration;

use serde_json::Value;

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Sleep(Duration),
    Gate(String),
    Deltas(u32, Duration),
    Tool(Duration),
    File { path: String, content: String },
    Call { tool: String, input: Value },
    Env(String),
    Clock,
    Line(usize),
    Recall,
    Drop,
    Garbage,
    Endless { lines: bool },
    Child,
    Die(i32),
}

/// A message, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    pub(crate) steps: Vec<Step>,
    pub(crate) api_retries: u32,
    pub(crate) error: Option<String>,
    pub(crate) no_result: bool,
    pub(crate) notify: bool,
}

impl Directives {
    pub(crate) fn read(text: &str) -> Self {
        let mut directives = Self::default();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("[[") {
            let Some((body, after)) = after.split_once("]]") else {
                break;
            };
            let (name, argument) = body.split_once(':').unwrap_or((body, ""));
            directives.add(name, argument);
            rest = after;
        }
        directives
    }

    fn add(&mut self, name: &str, argument: &str) {
        match name {
            "api_retry" => self.api_retries = argument.parse().unwrap_or(1),
            "is_error" => self.error = Some(argument.to_owned()),
            "noresult" => self.no_result = true,
            "notify" => self.notify = true,
            _ => self.steps.extend(step(name, argument)),
        }
    }
}

fn step(name: &str, argument: &str) -> Option<Step> {
    let pair = || argument.split_once(':');
    Some(match name {
        "sleep" => Step::Sleep(millis(argument)?),
        "gate" => Step::Gate(argument.to_owned()),
        "deltas" => {
            let (count, pause) = pair()?;
            Step::Deltas(count.parse().ok()?, millis(pause)?)
        }
        "tool" => Step::Tool(millis(argument)?),
        "file" => {
            let (path, content) = pair()?;
            Step::File {
                path: path.to_owned(),
                content: content.to_owned(),
            }
        }
        "call" => {
            let (tool, input) = pair()?;
            Step::Call {
                tool: tool.to_owned(),
                input: serde_json::from_str(input).ok()?,
            }
        }
        "env" => Step::Env(argument.to_owned()),
        "clock" => Step::Clock,
        "line" => Step::Line(argument.parse().ok()?),
        "recall" => Step::Recall,
        "drop" => Step::Drop,
        "garbage" => Step::Garbage,
        "endless" => Step::Endless {
            lines: argument == "lines",
        },
        "child" => Step::Child,
        "die" => Step::Die(argument.parse().unwrap_or(1)),
        _ => return None,
    })
}

fn millis(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_order_written() {
        let directives =
            Directives::read("do [[sleep:5]] then [[file:a/b.txt:x:y]][[api_retry:2]] [[die:7]]");
        assert_eq!(
            directives.steps,
            [
                Step::Sleep(Duration::from_millis(5)),
                Step::File {
                    path: "a/b.txt".into(),
                    content: "x:y".into()
                },
                Step::Die(7),
            ]
        );
        assert_eq!(directives.api_retries, 2);
    }

    #[test]
    fn anything_else_is_plain_text() {
        for text in ["", "[[", "[[sleep:soon]]", "[[nothing]]", "a [[b"] {
            assert_eq!(Directives::read(text), Directives::default(), "{text}");
        }
    }
}
