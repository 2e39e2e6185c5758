//! `GET /api/runs/{id}/events`: a JSON page, or a stream of server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use berth_domain::event::{Event, StoredEvent};
use berth_domain::ports::events::Added;
use berth_domain::run::Run;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use http::{HeaderMap, header};
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::{Code, Problem, Result};
use crate::schema::{EventPage, EventRecord, SeqQuery};
use crate::session::Session;

/// Events read from the store at once; one may have 256 KiB.
const PAGE: u32 = 64;
/// Proxies close what stays silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A run's events, in order: a page of JSON, or, asked for `text/event-stream`, all of them as they happen.
///
/// A stream's events carry their `seq` as id; a client that comes back with `Last-Event-ID` goes on after it. The stream
/// ends after `finished`.
#[utoipa::path(
    get,
    path = "/api/runs/{id}/events",
    operation_id = "listRunEvents",
    tag = "runs",
    params(
        ("id" = Uuid, Path, description = "The run"),
        SeqQuery,
        ("Last-Event-ID" = Option<u64>, Header, description = "Of a stream: go on after this `seq`")
    ),
    responses((
        status = 200,
        description = "A page, or the stream",
        content((EventPage = "application/json"), (EventRecord = "text/event-stream"))
    ))
)]
#[tracing::instrument(name = "api.runs.events", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn list_run_events(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Query(query): Query<SeqQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let limit = query.limit()?;
    let run = owned(&app, &session, id).await?;
    if wants_stream(&headers) {
        let after = last_event_id(&headers)?.unwrap_or(query.after());
        let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
        let stream = Sse::new(follow(app, &run, after)).keep_alive(keep_alive);
        return Ok(stream.into_response());
    }
    let events = app
        .deps
        .events
        .run_events_after(run.id, query.after(), limit)
        .await?;
    Ok(Json(EventPage::new(events, limit)).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let seq = value.to_str().ok().and_then(|text| text.parse().ok());
    seq.map(Some).ok_or(Problem::from(Code::Query))
}

/// One run's events on their way out.
struct Follow {
    app: Shared,
    run: Run,
    after: u64,
    changes: BoxStream<'static, Added>,
    ended: bool,
}

fn follow(
    app: Shared,
    run: &Run,
    after: u64,
) -> impl Stream<Item = std::result::Result<sse::Event, Infallible>> + use<> {
    let follow = Follow {
        // Armed before the first query, so that no event falls in between.
        changes: app.deps.events.event_changes(run.conversation_id),
        ended: run.state.is_final(),
        run: run.clone(),
        after,
        app,
    };
    stream::unfold(follow, |mut follow| async {
        let page = follow.next_page().await?;
        Some((stream::iter(page), follow))
    })
    .flatten()
    .filter_map(|stored| async {
        let seq = stored.seq.to_string();
        let event = sse::Event::default().id(seq);
        event.json_data(EventRecord::from(stored)).ok().map(Ok)
    })
}

impl Follow {
    /// The next events; `None` after `finished`, at shutdown, and when the store fails: the client comes back.
    async fn next_page(&mut self) -> Option<Vec<StoredEvent>> {
        loop {
            let events = &self.app.deps.events;
            let page = match events.run_events_after(self.run.id, self.after, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    let _logged = Problem::from(error);
                    return None;
                }
            };
            if let Some(last) = page.last() {
                self.after = last.seq;
                self.ended |= matches!(last.event, Event::Finished { .. });
                return Some(page);
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                change = self.changes.next() => drop(change?),
                () = self.app.shutdown.cancelled() => return None,
            }
        }
    }
}
