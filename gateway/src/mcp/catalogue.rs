//! Which tools there are, and how they are described to the model: it decides by these words alone when to use one.

use serde_json::{Value, json};

use super::Audience;

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    ProposeAgent,
    ProposeSchedule,
    ListAgents,
    ListRuns,
    ReadRun,
    PublishResult,
    NotifyOwner,
    AskOwner,
}

impl Tool {
    const ALL: [Self; 8] = [
        Self::ProposeAgent,
        Self::ProposeSchedule,
        Self::ListAgents,
        Self::ListRuns,
        Self::ReadRun,
        Self::PublishResult,
        Self::NotifyOwner,
        Self::AskOwner,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ProposeAgent => "propose_agent",
            Self::ProposeSchedule => "propose_schedule",
            Self::ListAgents => "list_agents",
            Self::ListRuns => "list_runs",
            Self::ReadRun => "read_run",
            Self::PublishResult => "publish_result",
            Self::NotifyOwner => "notify_owner",
            Self::AskOwner => "ask_owner",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    const fn changes_nothing(self) -> bool {
        matches!(self, Self::ListAgents | Self::ListRuns | Self::ReadRun)
    }

    const fn description(self) -> &'static str {
        match self {
            Self::ProposeAgent => {
                "Propose to save a piece of work as an agent that runs by itself, once or on a schedule. Use it whenever the \
                 user wants something done later, again or regularly (\"do this every Monday at eight and mail me the table\", \
                 \"매일 아침 9시에 해줘\"). Nothing is saved: the user sees a card, may change it, and confirms or declines. The \
                 agent does not see this conversation: its prompt must say everything, in the user's language: which files or \
                 sites, what to work out, what to save under which name, what the report says. The report of each run is what \
                 the owner reads; when they want it by mail, set notify.success to true. Give checks in done for the files that \
                 each run must make, so that a run that made nothing is noticed."
            }
            Self::ProposeSchedule => {
                "Propose when an agent that exists runs; it replaces the schedule it has. Nothing changes before the user \
                 confirms the card they see. Call list_agents first to find the agent's id."
            }
            Self::ListAgents => {
                "List the user's agents: id, name, whether active, schedule, next run."
            }
            Self::ListRuns => {
                "List runs of the user's agents, newest first, of one agent or of all: state, reason, whether the result was \
                 proved by its checks, cost, first line of the result."
            }
            Self::ReadRun => "Read one run of the user's agents with its whole result.",
            Self::PublishResult => {
                "Hand in the report of this run, once, when the work is done. It is what the owner reads first, on the \
                 dashboard and in the mail: finding first, then the figures, in Markdown and in the language of the task. \
                 Charts and tables saved in the working directory are shown beside it. Calling again replaces the report."
            }
            Self::NotifyOwner => {
                "Send the owner a short message during the run, for something they should know at once. At most five a run; \
                 the end of the run is told to them anyway."
            }
            Self::AskOwner => {
                "Say that the work cannot go on without a decision or something only the owner has, with one clear question. \
                 This ends the run. Never use it for what you can decide sensibly yourself."
            }
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::ProposeAgent => agent(),
            Self::ProposeSchedule => object(
                &json!({
                    "agent_id": {"type": "string", "description": "From list_agents."},
                    "schedule": schedule(),
                }),
                &["agent_id", "schedule"],
            ),
            Self::ListAgents => object(&json!({}), &[]),
            Self::ListRuns => object(
                &json!({
                    "agent_id": {"type": "string", "description": "Of this agent only."},
                    "limit": {"type": "integer", "minimum": 1, "maximum": 20, "default": 10},
                }),
                &[],
            ),
            Self::ReadRun => object(
                &json!({"run_id": {"type": "string", "description": "From list_runs."}}),
                &["run_id"],
            ),
            Self::PublishResult => object(&json!({"markdown": {"type": "string"}}), &["markdown"]),
            Self::NotifyOwner => object(
                &json!({"message": {"type": "string", "description": "Plain text, a few sentences."}}),
                &["message"],
            ),
            Self::AskOwner => object(&json!({"question": {"type": "string"}}), &["question"]),
        }
    }
}

/// Whether a tool is offered to, and may be used by, this kind of run.
pub(super) const fn is_for(tool: Tool, audience: Audience) -> bool {
    match tool {
        Tool::ListAgents | Tool::ListRuns | Tool::ReadRun => true,
        Tool::ProposeAgent | Tool::ProposeSchedule => matches!(audience, Audience::Chat),
        Tool::PublishResult | Tool::NotifyOwner | Tool::AskOwner => {
            matches!(audience, Audience::AgentRun)
        }
    }
}

/// The answer to `tools/list`.
pub(super) fn tools(audience: Audience) -> Vec<Value> {
    let offered = Tool::ALL.into_iter();
    offered
        .filter(|tool| is_for(*tool, audience))
        .map(|tool| {
            json!({
                "name": tool.name(),
                "description": tool.description(),
                "inputSchema": tool.schema(),
                "annotations": {"readOnlyHint": tool.changes_nothing(), "openWorldHint": false},
            })
        })
        .collect()
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn agent() -> Value {
    let path =
        "In the agent's own folder, such as summary.csv; * stands for any text in the file's name.";
    object(
        &json!({
            "name": {"type": "string", "maxLength": 80, "description": "Short, in the user's language, such as \"Weekly sales report\"."},
            "prompt": {"type": "string", "description": "The whole task for somebody who knows nothing of this conversation. Its working directory is a folder of its own; the user's files are in /workspace."},
            "schedule": schedule(),
            "done": {
                "type": "array",
                "maxItems": 20,
                "description": "What must be true after each run, checked by program.",
                "items": {
                    "type": "object",
                    "properties": {
                        "kind": {"type": "string", "enum": ["file_exists", "newer_than_start", "min_rows", "min_size", "contains"]},
                        "path": {"type": "string", "description": path},
                        "rows": {"type": "integer", "minimum": 1, "description": "For min_rows: rows below the header of a CSV or XLSX file."},
                        "bytes": {"type": "integer", "minimum": 1, "description": "For min_size."},
                        "text": {"type": "string", "description": "For contains; without a path it is looked for in the report."},
                    },
                    "required": ["kind"],
                    "additionalProperties": false,
                },
            },
            "notify": {
                "type": "object",
                "description": "On what the owner is told by mail or webhook. Failures are told unless switched off.",
                "properties": {
                    "success": {"type": "boolean"},
                    "failure": {"type": "boolean"},
                    "paused": {"type": "boolean"},
                    "budget": {"type": "boolean"},
                },
                "additionalProperties": false,
            },
            "network": {
                "type": "object",
                "description": "What its runs may reach beside package registries. Leave it out when nothing has to be fetched.",
                "properties": {
                    "mode": {"type": "string", "enum": ["packages", "hosts", "open"]},
                    "hosts": {"type": "array", "items": {"type": "string"}, "description": "For mode hosts: example.com or *.example.com."},
                },
                "required": ["mode"],
                "additionalProperties": false,
            },
            "time_limit_minutes": {"type": "integer", "minimum": 1, "maximum": 360, "default": 30},
            "cost_limit_usd": {"type": "number", "exclusiveMinimum": 0, "description": "What one run may cost. Only when the user names a limit."},
        }),
        &["name", "prompt"],
    )
}

fn schedule() -> Value {
    json!({
        "type": "object",
        "description": "When it runs by itself. Leave it out for an agent that is started by hand.",
        "properties": {
            "frequency": {"type": "string", "enum": ["hourly", "daily", "weekly", "monthly", "cron"]},
            "time": {"type": "string", "description": "HH:MM of 24 hours, local; for hourly its minute counts."},
            "weekdays": {
                "type": "array",
                "items": {"type": "string", "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
                "description": "For weekly.",
            },
            "day_of_month": {"type": "integer", "minimum": 1, "maximum": 31, "description": "For monthly; a shorter month's last day."},
            "cron": {"type": "string", "description": "For cron: five fields. Only when no other frequency says it."},
            "time_zone": {"type": "string", "description": "IANA name. Leave it out to use the user's own zone, unless they name another."},
        },
        "required": ["frequency"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_run_is_offered_its_own_tools() {
        let names = |audience| -> Vec<String> {
            let tools = tools(audience).into_iter();
            tools.map(|tool| tool["name"].to_string()).collect()
        };
        let (chat, run) = (names(Audience::Chat), names(Audience::AgentRun));
        assert!(chat.contains(&"\"propose_agent\"".to_owned()));
        assert!(!run.contains(&"\"propose_agent\"".to_owned()));
        assert!(run.contains(&"\"publish_result\"".to_owned()));
        assert_eq!((chat.len(), run.len()), (5, 6));
    }

    #[test]
    fn what_is_required_is_described() {
        for tool in Tool::ALL {
            assert_eq!(Tool::parse(tool.name()), Some(tool));
            let schema = tool.schema();
            for field in schema["required"].as_array().into_iter().flatten() {
                let field = field.as_str().expect("a name");
                assert!(schema["properties"][field].is_object(), "{tool:?} {field}");
            }
        }
    }
}
