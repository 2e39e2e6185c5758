//! A run's events as lines for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::shapes::{CheckResult, Event};
use super::{EventRecord, check, duration, printable, reason, state};

/// Lines of a tool's answer that are shown.
const ANSWER_LINES: usize = 8;
/// Characters of one such line, and of what a tool was told to do.
const LINE: usize = 160;
/// As wide as the time in front of a first line.
const INDENT: &str = "          ";

/// Writes events down, one or more lines each.
#[derive(Debug)]
pub(crate) struct Lines {
    zone: TimeZone,
    /// What the checks came to, once they were made: the end alone does not say so.
    proved: Option<bool>,
}

impl Lines {
    /// Times are shown in this zone.
    pub(crate) const fn new(zone: TimeZone) -> Self {
        Self { zone, proved: None }
    }

    /// What an event says; nothing for those that only programs need.
    pub(crate) fn of(&mut self, record: &EventRecord) -> Option<String> {
        let text = match &record.event {
            Event::Queued => "waiting".to_owned(),
            Event::Started => "started".to_owned(),
            Event::Status { label } => status(label),
            Event::Text { text } => text.trim_end().to_owned(),
            Event::ToolUse { name, input } => tool(name, input),
            Event::ToolResult { is_error, content } => answer(*is_error, content),
            Event::File { path, size } => format!("wrote {path} ({size} bytes)"),
            Event::Retrying {
                attempt,
                max_attempts,
                delay_ms,
            } => format!(
                "the model did not answer; trying again in {} ({attempt} of {max_attempts})",
                duration(*delay_ms)
            ),
            Event::Checked { checks } => {
                self.proved = Some(checks.iter().all(|check| check.met));
                checks.iter().map(checked).collect::<Vec<_>>().join("\n")
            }
            Event::Proposal { proposal_id } => {
                format!("proposes something for you to confirm in the dashboard ({proposal_id})")
            }
            Event::Finished {
                state: word,
                reason: why,
                result,
                duration_ms,
            } => {
                let state = state(word, why.as_deref(), self.proved);
                let rest = result.as_deref().filter(|_| word != "succeeded");
                finished(&state, why.as_deref(), rest, *duration_ms)
            }
            Event::Other => return None,
        };
        let text = printable(&text);
        (!text.trim().is_empty()).then(|| self.placed(record.at, &text))
    }

    fn placed(&self, at: Timestamp, text: &str) -> String {
        let time = at.to_zoned(self.zone.clone()).strftime("%H:%M:%S");
        let mut lines = text.lines();
        let mut placed = format!("{time}  {}", lines.next().unwrap_or_default());
        for line in lines {
            placed.push('\n');
            placed.push_str(format!("{INDENT}{line}").trim_end());
        }
        placed
    }
}

/// A check and what was found.
pub(crate) fn checked(result: &CheckResult) -> String {
    let mark = if result.met { "met    " } else { "not met" };
    let found = match (result.found, result.met) {
        (Some(found), _) => format!(" (found {found})"),
        (None, false) => format!(" ({})", result.reason.replace('_', " ")),
        (None, true) => String::new(),
    };
    format!("{mark}  {}{found}", check(&result.check))
}

fn status(label: &str) -> String {
    match label {
        "starting_workspace" => "starting the workspace",
        "moving_workspace" => "moving your workspace to another machine",
        "starting_claude" => "starting Claude Code",
        "thinking" => "thinking",
        "composing" => "writing the next step",
        "memory_lost" => "the earlier session is gone; beginning without its memory",
        "memory_high" => "warning: the workspace uses much memory",
        "compacting" => "shortening the conversation",
        "reattached" => "the service was restarted; going on",
        other => other,
    }
    .to_owned()
}

/// A tool and the one argument that says most about the call.
fn tool(name: &str, input: &Value) -> String {
    let telling = [
        "command",
        "file_path",
        "notebook_path",
        "pattern",
        "url",
        "description",
        "name",
    ];
    let argument = telling.iter().find_map(|key| input.get(key)?.as_str());
    let first = argument.and_then(|text| text.lines().find(|line| !line.trim().is_empty()));
    match first {
        Some(line) => format!("{name}  {}", cut(line)),
        None => name.to_owned(),
    }
}

fn answer(is_error: bool, content: &str) -> String {
    let lines: Vec<&str> = content
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let failed = is_error.then(|| "  failed".to_owned());
    let shown = lines
        .iter()
        .take(ANSWER_LINES)
        .map(|line| format!("  {}", cut(line)));
    let more = lines.len().saturating_sub(ANSWER_LINES);
    let more = (more > 0).then(|| format!("  … {more} more lines"));
    let all = failed.into_iter().chain(shown).chain(more);
    all.collect::<Vec<_>>().join("\n")
}

/// The end. A good end's result has been shown as the last text; what is known about another end has not.
fn finished(state: &str, why: Option<&str>, rest: Option<&str>, milliseconds: u64) -> String {
    let why = why.and_then(reason).map(|text| format!(": {text}"));
    let rest = rest.map(|text| format!("\n{}", text.trim_end()));
    let (why, rest) = (why.unwrap_or_default(), rest.unwrap_or_default());
    format!("{state}{why} after {}{rest}", duration(milliseconds))
}

fn cut(line: &str) -> String {
    let mut cut: String = line.chars().take(LINE).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &str) -> Option<String> {
        let text = format!(r#"{{"seq":1,"at":"2026-11-22T23:00:05Z","event":{event}}}"#);
        let record = serde_json::from_str(&text).unwrap();
        Lines::new(TimeZone::get("Asia/Seoul").unwrap()).of(&record)
    }

    #[test]
    fn events_read_as_lines() {
        let tool = r#"{"kind":"tool_use","tool_use_id":"1","name":"Bash","input":{"command":"\npython a.py\nls"}}"#;
        assert_eq!(line(tool).unwrap(), "08:00:05  Bash  python a.py");
        let text = r#"{"kind":"text","block":0,"text":"First.\n\nSecond.\n"}"#;
        assert_eq!(line(text).unwrap(), "08:00:05  First.\n\n          Second.");
        let checked = r#"{"kind":"checked","checks":[{"check":{"kind":"min_rows","path":"a.csv","rows":10},"met":false,"reason":"too_few_rows","found":3}]}"#;
        assert_eq!(
            line(checked).unwrap(),
            "08:00:05  not met  a.csv has rows: at least 10 (found 3)"
        );
        let finished = r#"{"kind":"finished","state":"failed","reason":"needs_you","result":"Which city?","duration_ms":61000}"#;
        assert_eq!(
            line(finished).unwrap(),
            "08:00:05  Needs you: only you can answer its question after 1 min 1 s\n          Which city?"
        );
    }

    #[test]
    fn an_unproved_end_is_not_told_as_done() {
        let mut lines = Lines::new(TimeZone::UTC);
        let mut line = |event: &str| {
            let text = format!(r#"{{"seq":1,"at":"2026-11-22T23:00:05Z","event":{event}}}"#);
            lines.of(&serde_json::from_str(&text).unwrap()).unwrap()
        };
        line(
            r#"{"kind":"checked","checks":[{"check":{"kind":"file_exists","path":"a"},"met":false,"reason":"missing","found":null}]}"#,
        );
        let end = r#"{"kind":"finished","state":"succeeded","reason":"completed","result":"x","duration_ms":1000}"#;
        assert_eq!(line(end), "23:00:05  Done, unproved after 1 s");
    }

    #[test]
    fn what_a_newer_server_says_is_passed_over() {
        assert_eq!(line(r#"{"kind":"brand_new","x":1}"#), None);
        assert_eq!(line(r#"{"kind":"usage","input_tokens":1}"#), None);
        assert_eq!(line(r#"{"kind":"text","block":0,"text":"  "}"#), None);
    }

    #[test]
    fn long_answers_of_tools_are_cut() {
        let text = answer(true, &"line\n".repeat(20));
        assert_eq!(text.lines().count(), 10);
        assert!(text.starts_with("  failed\n") && text.ends_with("… 12 more lines"));
    }
}
