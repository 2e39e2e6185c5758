//! What an agent's run says: its report, a message, a question.

use berth_domain::agent::Agent;
use berth_domain::ids::AgentId;
use berth_domain::mask::Mask;
use berth_domain::notification::{self, MAX_DETAIL, Notification, NotificationKind, agent_scope};
use berth_domain::ports::StoreResult;
use berth_domain::run::{MAX_RESULT, cut};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Desk, Failed};

/// Messages of one run.
const MAX_MESSAGES: i64 = 5;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    markdown: String,
}

/// Takes a report. It is the runner that keeps it, from the transcript: what is stored then is in the run's own transaction.
pub(super) fn publish(arguments: Publish) -> Result<Value, Failed> {
    let markdown = arguments.markdown;
    if markdown.trim().is_empty() {
        return Err(Failed::told("The report is empty."));
    }
    if markdown.len() > MAX_RESULT {
        let text = format!(
            "The report has {} bytes, more than {MAX_RESULT}. Save the details in a file and hand in what matters.",
            markdown.len()
        );
        return Err(Failed::Told(text));
    }
    Ok(json!({"published": true}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    question: String,
}

/// Takes a question. The runner ends the run for it.
pub(super) fn ask(arguments: &Ask) -> Result<Value, Failed> {
    if arguments.question.trim().is_empty() {
        return Err(Failed::told("The question is empty."));
    }
    Ok(json!({"asked": true, "note": "The owner is told. This run ends here: stop now."}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notify {
    message: String,
}

/// Tells the owner something.
pub(super) async fn notify(desk: Desk<'_>, arguments: Notify) -> Result<Value, Failed> {
    let Some(id) = desk.grant.agent_id else {
        return Err(Failed::told("Only an agent's run can notify its owner."));
    };
    if arguments.message.trim().is_empty() {
        return Err(Failed::told("The message is empty."));
    }
    let user = desk.grant.user_id;
    let agent = desk.ports.agents.agent(user, id).await?;
    let message = secrets(desk, id).await?.text(arguments.message);
    let settings = desk.ports.notifications.notification_settings(user).await?;
    for number in 0..MAX_MESSAGES {
        let notification = notification_of(desk, agent.as_ref(), message.clone(), number);
        let deliveries = notification::deliveries(&notification, &settings);
        let notifications = &desk.ports.notifications;
        if notifications.notify(&notification, &deliveries).await? {
            let left = MAX_MESSAGES - number - 1;
            return Ok(json!({"notified": true, "left": left}));
        }
    }
    Err(Failed::Told(format!(
        "This run has sent {MAX_MESSAGES} messages already. Put the rest into the report."
    )))
}

/// The `number`-th message of a run. Its id follows from that, so that the store itself keeps the count.
fn notification_of(
    desk: Desk<'_>,
    agent: Option<&Agent>,
    message: String,
    number: i64,
) -> Notification {
    let kind = NotificationKind::FromAgent;
    let run = desk.grant.run_id;
    let cause = Timestamp::from_second(number).unwrap_or(Timestamp::UNIX_EPOCH);
    Notification {
        id: notification::id_of(kind, run.0, cause),
        user_id: desk.grant.user_id,
        kind,
        agent_id: desk.grant.agent_id,
        agent_name: agent.map(|agent| agent.spec.name.clone()),
        run_id: Some(run),
        reason: None,
        detail: cut(message, MAX_DETAIL),
        at: desk.context.clock.now(),
        read_at: None,
    }
}

/// The agent's secrets must not go out in a mail.
async fn secrets(desk: Desk<'_>, agent: AgentId) -> StoreResult<Mask> {
    let scope = agent_scope(agent);
    let secrets = &desk.ports.secrets;
    let mut values = Vec::new();
    for name in secrets.secret_names(&scope).await? {
        values.extend(secrets.secret(&scope, &name).await?);
    }
    Ok(Mask::new(values.iter().map(String::as_str)))
}
