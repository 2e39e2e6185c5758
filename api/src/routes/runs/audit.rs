//! `GET /api/runs/{id}/audit`

use axum::Json;
use axum::extract::State;
use berth_domain::ports::audit::{AuditEntry, Verdict};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::Items;
use crate::session::Session;

/// Entries of the trail that are summed up; a run that asked for more is shown by its first.
const ENTRIES: u32 = 10_000;

/// A host that a run asked to reach.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditHost)]
pub(super) struct AuditHostView {
    /// As it was asked for.
    host: String,
    /// The port.
    port: u16,
    /// Whether it was let through.
    allowed: bool,
    /// Stable word: why it was or was not, such as `listed`, `open` or `not_listed`.
    reason: String,
    /// How often it asked.
    requests: u64,
    /// Bytes sent to it.
    bytes_up: u64,
    /// Bytes received from it.
    bytes_down: u64,
    /// The first time.
    first_at: Timestamp,
    /// The last time.
    last_at: Timestamp,
}

/// The hosts a run asked to reach and what it was told, in the order it first asked. Package registries and the model are
/// reached through Berth itself and are not among them.
#[utoipa::path(
    get,
    path = "/api/runs/{id}/audit",
    operation_id = "listRunAudit",
    tag = "runs",
    params(("id" = Uuid, Path, description = "The run")),
    responses((status = 200, body = Items<AuditHostView>, description = "All of them"))
)]
#[tracing::instrument(name = "api.runs.audit", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn list_run_audit(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<AuditHostView>>> {
    let run = owned(&app, &session, id).await?;
    let audit = &app.deps.audit;
    let entries = audit.run_entries(session.user_id, run.id, ENTRIES).await?;
    Ok(Json(Items::all(summed(entries))))
}

fn summed(entries: Vec<AuditEntry>) -> Vec<AuditHostView> {
    let mut hosts: Vec<AuditHostView> = Vec::new();
    for entry in entries {
        let allowed = entry.verdict != Verdict::Denied;
        let asked = entry.verdict != Verdict::Closed;
        // The end of a connection tells how much flowed; its reason is that of the end and not of the verdict.
        let found = hosts.iter_mut().find(|host| {
            host.host == entry.host
                && host.port == entry.port
                && host.allowed == allowed
                && (!asked || host.reason == entry.reason)
        });
        if let Some(host) = found {
            host.requests += u64::from(asked);
            host.bytes_up = host.bytes_up.saturating_add(entry.bytes_up);
            host.bytes_down = host.bytes_down.saturating_add(entry.bytes_down);
            host.last_at = entry.at;
        } else {
            hosts.push(AuditHostView {
                host: entry.host,
                port: entry.port,
                allowed,
                reason: entry.reason,
                requests: u64::from(asked),
                bytes_up: entry.bytes_up,
                bytes_down: entry.bytes_down,
                first_at: entry.at,
                last_at: entry.at,
            });
        }
    }
    hosts
}
