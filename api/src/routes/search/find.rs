//! Each kind of thing, at most [`EACH`] of it.

use berth_domain::page::{MAX_LIMIT, PageRequest};
use berth_domain::ports::runs::RunFilter;
use berth_domain::ports::workspaces::WorkspaceState;

use super::get::{SearchItem, SearchKind};
use crate::app::App;
use crate::problem::Result;
use crate::routes::today::headline;
use crate::session::Session;

/// Hits of each of the four kinds.
const EACH: usize = 5;
/// Runs that are looked at, newest first.
const RUNS: u32 = 100;

fn first(limit: u32) -> PageRequest {
    PageRequest {
        cursor: None,
        limit: Some(limit),
    }
}

fn contains(text: &str, needle: &str) -> bool {
    text.to_lowercase().contains(needle)
}

pub(super) async fn conversations(
    app: &App,
    session: &Session,
    text: &str,
) -> Result<Vec<SearchItem>> {
    let page = first(u32::try_from(EACH).unwrap_or(u32::MAX));
    let conversations = &app.deps.conversations;
    let found = conversations
        .list_conversations(session.user_id, Some(text), &page)
        .await?;
    let items = found.items.into_iter().map(|conversation| SearchItem {
        kind: SearchKind::Conversation,
        id: Some(conversation.id.0),
        title: conversation.title,
        detail: None,
        path: None,
    });
    Ok(items.collect())
}

pub(super) async fn agents(app: &App, session: &Session, needle: &str) -> Result<Vec<SearchItem>> {
    let agents = &app.deps.agents;
    let page = agents
        .list_agents(session.user_id, &first(MAX_LIMIT))
        .await?;
    let found = page
        .items
        .into_iter()
        .filter(|agent| contains(&agent.spec.name, needle))
        .take(EACH);
    let items = found.map(|agent| SearchItem {
        kind: SearchKind::Agent,
        id: Some(agent.id.0),
        detail: headline(&agent.spec.prompt),
        title: agent.spec.name,
        path: None,
    });
    Ok(items.collect())
}

pub(super) async fn runs(app: &App, session: &Session, needle: &str) -> Result<Vec<SearchItem>> {
    let filter = RunFilter {
        of_agents: Some(true),
        ..RunFilter::default()
    };
    let runs = &app.deps.runs;
    let page = runs
        .list_runs(session.user_id, &filter, &first(RUNS))
        .await?;
    let items = page.items.into_iter().filter_map(|run| {
        let title = run.agent_name.unwrap_or_default();
        let detail = run.result.as_deref().and_then(headline);
        let fits = contains(&title, needle)
            || detail.as_deref().is_some_and(|line| contains(line, needle));
        fits.then_some(SearchItem {
            kind: SearchKind::Run,
            id: Some(run.id.0),
            title,
            detail,
            path: None,
        })
    });
    Ok(items.take(EACH).collect())
}

pub(super) async fn files(app: &App, session: &Session, needle: &str) -> Result<Vec<SearchItem>> {
    let workspaces = &app.deps.workspaces;
    if workspaces.status(session.user_id).await.state != WorkspaceState::Ready {
        return Ok(Vec::new());
    }
    // It may fall asleep in this moment: the rest of the search is worth having without it.
    let Ok(listing) = workspaces.list(session.user_id, "").await else {
        return Ok(Vec::new());
    };
    let found = listing
        .entries
        .into_iter()
        .filter(|entry| !entry.name.starts_with('.') && contains(&entry.name, needle))
        .take(EACH);
    let items = found.map(|entry| SearchItem {
        kind: SearchKind::File,
        id: None,
        title: entry.name.clone(),
        detail: None,
        path: Some(if entry.is_directory {
            format!("{}/", entry.name)
        } else {
            entry.name
        }),
    });
    Ok(items.collect())
}
