//! Which agent a person means.

use uuid::Uuid;

use super::{Agent, Client, Failure, Items, printable};

/// Agents asked for at once; the API's most.
const PAGE: u32 = 500;

/// The id of the agent that `text` names: an id, or a name that one agent has.
pub(crate) async fn agent(client: &Client, text: &str) -> Result<String, Failure> {
    if let Ok(id) = text.parse::<Uuid>() {
        return Ok(id.to_string());
    }
    match only(choose(all(client).await?, text.trim()), text)? {
        Some(agent) => Ok(agent.id),
        None => Err(Failure::Input(format!(
            "you have no agent named “{}”; `berth agents list` shows them",
            printable(text)
        ))),
    }
}

/// The agent of exactly this name; `None` when there is none, an error when there are several.
pub(crate) async fn agent_named(client: &Client, name: &str) -> Result<Option<Agent>, Failure> {
    let mut agents = all(client).await?;
    agents.retain(|agent| agent.name == name.trim());
    only(agents, name)
}

fn only(mut found: Vec<Agent>, name: &str) -> Result<Option<Agent>, Failure> {
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let ids: Vec<String> = found.into_iter().map(|agent| agent.id).collect();
    Err(Failure::Input(format!(
        "several agents are named “{}”; say which by its id:\n  {}",
        printable(name),
        ids.join("\n  ")
    )))
}

/// All agents of exactly this name; without one, those of the name in other capitals.
fn choose(agents: Vec<Agent>, name: &str) -> Vec<Agent> {
    let (exact, others): (Vec<_>, Vec<_>) =
        agents.into_iter().partition(|agent| agent.name == name);
    if !exact.is_empty() {
        return exact;
    }
    let folded = name.to_lowercase();
    let close = others.into_iter();
    close
        .filter(|agent| agent.name.to_lowercase() == folded)
        .collect()
}

async fn all(client: &Client) -> Result<Vec<Agent>, Failure> {
    let mut agents = Vec::new();
    let mut cursor = None;
    loop {
        let mut query = vec![("limit", PAGE.to_string())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page: Items<Agent> = client.get("/api/agents", &query).await?.read()?;
        agents.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(agents);
        }
    }
}
