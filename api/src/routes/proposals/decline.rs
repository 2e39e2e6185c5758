//! `POST /api/proposals/{id}/decline`

use axum::Json;
use axum::extract::State;
use berth_domain::ids::ProposalId;
use berth_domain::ports::proposals::Decision;
use uuid::Uuid;

use super::{decide, view};
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::ProposalView;
use crate::session::Session;

/// Declines a proposal: nothing is saved. Declining again changes nothing.
#[utoipa::path(
    post,
    path = "/api/proposals/{id}/decline",
    operation_id = "declineProposal",
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal")),
    responses(
        (status = 200, body = ProposalView, description = "Declined"),
        (status = 409, description = "It was confirmed before: `proposal.decided`")
    )
)]
#[tracing::instrument(name = "api.proposals.decline", skip_all, fields(user.id, proposal.id = %id))]
pub(super) async fn decline_proposal(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<ProposalView>> {
    let proposal = decide(&app, &session, ProposalId(id), &Decision::Decline).await?;
    Ok(Json(view(&app, &session, proposal).await?))
}
