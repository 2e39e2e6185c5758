//! Tools whose calls mean something to Berth, as they stand in Claude Code's output: reports, questions, proposals.

use berth_domain::ids::ProposalId;
use serde_json::Value;

/// Hands in the report of an agent's run.
pub(crate) const PUBLISH: &str = "mcp__berth__publish_result";
/// Says what only the owner can decide.
const ASK_OWNER: &str = "mcp__berth__ask_owner";
/// Propose something to the user.
const PROPOSALS: [&str; 2] = ["mcp__berth__propose_agent", "mcp__berth__propose_schedule"];

/// The question that a call asks, in Markdown; `None` for a call that asks nothing. Claude Code's own ways of asking are
/// switched off, but a model that has learned them may try them all the same.
pub(crate) fn question(tool: &str, input: &Value) -> Option<String> {
    let text = match tool {
        ASK_OWNER => text(input, "question").to_owned(),
        "ExitPlanMode" => text(input, "plan").to_owned(),
        "AskUserQuestion" => {
            let questions = input["questions"].as_array().into_iter().flatten();
            questions.map(choices).collect::<Vec<_>>().join("\n\n")
        }
        _ => return None,
    };
    Some(if text.trim().is_empty() {
        described(tool, input)
    } else {
        text
    })
}

/// A question with its answers as a list.
fn choices(question: &Value) -> String {
    let options = question["options"].as_array().into_iter().flatten();
    let options = options.map(|option| match text(option, "description") {
        "" => format!("\n- {}", text(option, "label")),
        description => format!("\n- {}: {description}", text(option, "label")),
    });
    let mut lines = text(question, "question").to_owned();
    let options: String = options.collect();
    if !options.is_empty() {
        lines.push('\n');
        lines.push_str(&options);
    }
    lines
}

/// A call that was not permitted, as what the owner would have to permit.
pub(crate) fn denied(tool: &str, input: &Value) -> String {
    question(tool, input).unwrap_or_else(|| described(tool, input))
}

/// The call itself, in no particular language.
fn described(tool: &str, input: &Value) -> String {
    format!("`{tool}`\n\n```json\n{input:#}\n```")
}

/// The report of a call to [`PUBLISH`].
pub(crate) fn report<'a>(tool: &str, input: &'a Value) -> Option<&'a str> {
    (tool == PUBLISH)
        .then(|| text(input, "markdown"))
        .filter(|markdown| !markdown.trim().is_empty())
}

/// The proposal that a tool's answer names. The gateway wrote it, but it comes by way of the container: whoever reads the
/// proposal under this id checks whose it is.
pub(crate) fn proposal(tool: &str, answer: &str) -> Option<ProposalId> {
    if !PROPOSALS.contains(&tool) {
        return None;
    }
    let answer: Value = serde_json::from_str(answer).ok()?;
    text(&answer, "proposal_id").parse().ok()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn questions_read_as_text_whichever_way_they_are_asked() {
        let asked = json!({"questions": [{"question": "Which year?", "header": "Year", "options": [
            {"label": "2024", "description": "the last full one"}, {"label": "2025"},
        ]}]});
        assert_eq!(
            question("AskUserQuestion", &asked).as_deref(),
            Some("Which year?\n\n- 2024: the last full one\n- 2025")
        );
        let owner = json!({"question": "비밀번호가 필요해요"});
        assert_eq!(
            question(ASK_OWNER, &owner).as_deref(),
            Some("비밀번호가 필요해요")
        );
        assert_eq!(question("Bash", &json!({"command": "ls"})), None);
    }

    #[test]
    fn a_question_without_words_still_says_what_was_asked_for() {
        let text = question("ExitPlanMode", &json!({"other": 1})).expect("a question");
        assert!(
            text.contains("ExitPlanMode") && text.contains("other"),
            "{text}"
        );
    }

    #[test]
    fn only_proposing_tools_name_proposals() {
        let id = "0190b5a0-0000-7000-8000-000000000001";
        let answer = json!({"proposal_id": id}).to_string();
        let found = proposal("mcp__berth__propose_agent", &answer).expect("an id");
        assert_eq!(found.to_string(), id);
        assert_eq!(proposal("Bash", &answer), None);
        assert_eq!(proposal("mcp__berth__propose_agent", "no JSON"), None);
    }
}
