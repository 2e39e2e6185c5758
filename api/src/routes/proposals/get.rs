//! `GET /api/proposals/{id}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::{owned, view};
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::ProposalView;
use crate::session::Session;

/// One proposal.
#[utoipa::path(
    get,
    path = "/api/proposals/{id}",
    operation_id = "getProposal",
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal")),
    responses((status = 200, body = ProposalView, description = "The proposal"))
)]
#[tracing::instrument(name = "api.proposals.get", skip_all, fields(user.id, proposal.id = %id))]
pub(super) async fn get_proposal(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<ProposalView>> {
    let proposal = owned(&app, &session, id).await?;
    Ok(Json(view(&app, &session, proposal).await?))
}
