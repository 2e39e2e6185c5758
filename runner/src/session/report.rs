//! What a run has said so far: its answer, its report, its question. Gathered from events, so that it can be gathered again
//! from the stored ones after a crash.

use berth_domain::event::Event;
use berth_domain::run::{Outcome, Reason, RunState};

use crate::tools;

/// What a run has said.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The answer's text, for the conversation's list of messages.
    pub(super) answer: String,
    /// The question that needs the owner, the first one.
    pub(super) question: Option<String>,
    /// What was not permitted, at the end of the turn.
    pub(super) denied: Option<String>,
    published: Option<String>,
    /// A report that has been handed in and not been taken yet: call and text.
    handed_in: Option<(String, String)>,
}

impl Report {
    /// Takes note of an event.
    pub(super) fn see(&mut self, event: &Event) {
        match event {
            Event::Text { text, .. } => {
                if !self.answer.is_empty() {
                    self.answer.push_str("\n\n");
                }
                self.answer.push_str(text);
            }
            Event::ToolUse {
                tool_use_id,
                name,
                input,
            } => {
                if let Some(markdown) = tools::report(name, input) {
                    self.handed_in = Some((tool_use_id.clone(), markdown.to_owned()));
                }
                if self.question.is_none() {
                    self.question = tools::question(name, input);
                }
            }
            Event::ToolResult {
                tool_use_id,
                is_error,
                ..
            } => {
                let is_it = |(call, _): &mut (String, String)| call == tool_use_id;
                if let Some((_, markdown)) = self.handed_in.take_if(is_it)
                    && !is_error
                {
                    self.published = Some(markdown);
                }
            }
            _ => {}
        }
    }

    /// How an agent's run ended, in view of what it said: a question makes it `needs_you`, a report is its result.
    pub(super) fn conclude(&mut self, outcome: Outcome) -> Outcome {
        let well = outcome.state == RunState::Succeeded;
        let stopped = matches!(
            outcome.state,
            RunState::Cancelled | RunState::TimedOut | RunState::BudgetStopped
        );
        let question = self.question.take().filter(|_| !stopped);
        if let Some(question) = question.or(self.denied.take().filter(|_| well)) {
            return Outcome::new(RunState::Failed, Reason::NeedsYou, Some(question));
        }
        match self.published.take() {
            Some(report) if well || outcome.result.is_none() => {
                Outcome::new(outcome.state, outcome.reason, Some(report))
            }
            _ => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn call(id: &str, name: &str, input: Value) -> Event {
        Event::ToolUse {
            tool_use_id: id.to_owned(),
            name: name.to_owned(),
            input,
        }
    }

    fn answer(id: &str, is_error: bool) -> Event {
        Event::ToolResult {
            tool_use_id: id.to_owned(),
            is_error,
            content: String::new(),
        }
    }

    fn concluded(events: &[Event], outcome: Outcome) -> Outcome {
        let mut report = Report::default();
        for event in events {
            report.see(event);
        }
        report.conclude(outcome)
    }

    fn well() -> Outcome {
        Outcome::new(
            RunState::Succeeded,
            Reason::Completed,
            Some("Done.".to_owned()),
        )
    }

    #[test]
    fn the_last_report_that_was_taken_is_the_result() {
        let publish = |id, text| call(id, tools::PUBLISH, json!({"markdown": text}));
        let events = [
            publish("a", "# One"),
            answer("a", false),
            publish("b", "# Two"),
            answer("b", true),
        ];
        let outcome = concluded(&events, well());
        assert_eq!(outcome.result.as_deref(), Some("# One"));
        let stopped = Outcome::new(RunState::TimedOut, Reason::TimeLimit, None);
        let outcome = concluded(&events, stopped);
        assert_eq!(outcome.state, RunState::TimedOut);
        assert_eq!(outcome.result.as_deref(), Some("# One"));
    }

    #[test]
    fn the_first_question_counts_unless_the_run_was_stopped_before() {
        let ask = |text| call("a", "mcp__berth__ask_owner", json!({"question": text}));
        let events = [ask("First?"), ask("Second?")];
        let outcome = concluded(&events, well());
        assert_eq!(
            (outcome.state, outcome.reason, outcome.result.as_deref()),
            (RunState::Failed, Reason::NeedsYou, Some("First?"))
        );
        let cancelled = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
        assert_eq!(concluded(&events, cancelled.clone()), cancelled);
    }
}
