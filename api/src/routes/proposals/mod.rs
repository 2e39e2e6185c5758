//! What Claude has proposed: shown, confirmed, declined.

mod confirm;
mod decline;
mod get;

use axum::extract::DefaultBodyLimit;
use berth_domain::ids::ProposalId;
use berth_domain::ports::proposals::{Decided, Decision};
use berth_domain::proposal::{Proposal, ProposalBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::{App, Shared};
use crate::problem::{Code, Problem, Result};
use crate::schema::ProposalView;
use crate::session::Session;

/// Largest body with an agent in it.
const BODY_LIMIT: usize = 512 * 1024;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(get::get_proposal))
        .routes(routes!(confirm::confirm_proposal))
        .routes(routes!(decline::decline_proposal))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// The user's own proposal of that id.
async fn owned(app: &App, session: &Session, id: Uuid) -> Result<Proposal> {
    let proposals = &app.deps.proposals;
    let found = proposals.proposal(session.user_id, ProposalId(id)).await?;
    found.ok_or(Problem::from(Code::ProposalNotFound))
}

/// The proposal with the name of the agent it is about, where that exists.
pub(super) async fn view(app: &App, session: &Session, proposal: Proposal) -> Result<ProposalView> {
    let about = match &proposal.body {
        ProposalBody::Schedule { agent_id, .. } => Some(*agent_id),
        ProposalBody::Agent { .. } => proposal.agent_id,
    };
    let agent = match about {
        Some(id) => app.deps.agents.agent(session.user_id, id).await?,
        None => None,
    };
    Ok(ProposalView::new(
        proposal,
        agent.map(|agent| agent.spec.name),
    ))
}

/// Writes the user's decision down.
async fn decide(
    app: &App,
    session: &Session,
    id: ProposalId,
    decision: &Decision,
) -> Result<Proposal> {
    let (user, now) = (session.user_id, app.deps.clock.now());
    let proposals = &app.deps.proposals;
    match proposals.decide(user, id, decision, now).await? {
        Decided::Done(proposal) => Ok(*proposal),
        Decided::Otherwise(_) => Err(Code::ProposalDecided.into()),
        Decided::Unknown => Err(Code::ProposalNotFound.into()),
    }
}
