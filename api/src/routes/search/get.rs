//! `GET /api/search`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::find;
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::{Code, Problem, Result};
use crate::schema::Items;
use crate::session::Session;

/// Longest search, in characters.
const MAX_QUERY: usize = 100;

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// 1 to 100 characters; case is ignored.
    #[param(min_length = 1, max_length = 100)]
    q: String,
}

/// What was found.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SearchKind {
    /// A conversation, by its title.
    Conversation,
    /// An agent, by its name.
    Agent,
    /// A recent run, by its agent's name or its result's first line.
    Run,
    /// A file or folder at the top of the workspace, by its name.
    File,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchHit)]
pub(super) struct SearchItem {
    /// What it is.
    pub(super) kind: SearchKind,
    /// Its id; null for a file.
    pub(super) id: Option<Uuid>,
    /// What it is called.
    pub(super) title: String,
    /// What else there is to say: a run's first line, an agent's prompt's first line.
    pub(super) detail: Option<String>,
    /// A file's path in the workspace; a folder's ends with a slash.
    pub(super) path: Option<String>,
}

/// Finds conversations, agents, recent runs and files by their names; at most 20 in all, the best known of each kind. A workspace
/// that is asleep is not woken for it: its files are then not searched.
#[utoipa::path(
    get,
    path = "/api/search",
    operation_id = "search",
    tag = "search",
    params(SearchQuery),
    responses((status = 200, body = Items<SearchItem>, description = "What was found"))
)]
#[tracing::instrument(name = "api.search", skip_all, fields(user.id))]
pub(super) async fn search(
    State(app): State<Shared>,
    session: Session,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Items<SearchItem>>> {
    let text = query.q.trim();
    if !(1..=MAX_QUERY).contains(&text.chars().count()) {
        return Err(Problem::with(Code::SearchQuery, MAX_QUERY as u64));
    }
    let needle = text.to_lowercase();
    let (conversations, agents, runs, files) = futures::try_join!(
        find::conversations(&app, &session, text),
        find::agents(&app, &session, &needle),
        find::runs(&app, &session, &needle),
        find::files(&app, &session, &needle),
    )?;
    let found = agents
        .into_iter()
        .chain(conversations)
        .chain(files)
        .chain(runs);
    Ok(Json(Items::all(found.collect())))
}
