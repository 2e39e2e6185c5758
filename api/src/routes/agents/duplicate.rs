//! `POST /api/agents/{id}/duplicate`

use axum::extract::State;
use berth_domain::agent::{AgentSpec, AgentStatus, MAX_NAME};
use berth_domain::scheduling::NewWork;
use uuid::Uuid;

use super::create::save;
use super::{Created, owned};
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::AgentView;
use crate::session::Session;

/// Saves a copy: content and schedule, not versions, runs or secrets. The copy is inactive.
#[utoipa::path(
    post,
    path = "/api/agents/{id}/duplicate",
    operation_id = "duplicateAgent",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses(
        (
            status = 201,
            body = AgentView,
            description = "The copy",
            headers(("Location" = String, description = "Where it is"))
        ),
        (status = 409, description = "As many agents as allowed: `quota.agents`")
    )
)]
#[tracing::instrument(name = "api.agents.duplicate", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn duplicate_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Created> {
    let agent = owned(&app, &session, id).await?;
    let schedules = &app.deps.schedules;
    let schedule = schedules.schedule(session.user_id, agent.id).await?;
    let work = NewWork {
        id: app.deps.clock.uuid().into(),
        user_id: session.user_id,
        spec: AgentSpec {
            name: copy_of(&agent.spec.name),
            ..agent.spec
        },
        status: AgentStatus::Inactive,
        schedule: schedule.map(|schedule| schedule.spec),
        limit: app.config.agents,
    };
    save(&app, &session, work).await
}

/// "Report" becomes "Report (2)", that "Report (3)"; a name that is too long for it is cut.
fn copy_of(name: &str) -> String {
    let counted = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .and_then(|(base, number)| Some((base, number.parse::<u32>().ok()?)));
    let (base, number) = counted.unwrap_or((name, 1));
    let suffix = format!(" ({})", number.saturating_add(1));
    let room = MAX_NAME.saturating_sub(suffix.len());
    let base: String = base.chars().take(room).collect();
    base + &suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_counted() {
        assert_eq!(copy_of("주간 보고"), "주간 보고 (2)");
        assert_eq!(copy_of("Report (2)"), "Report (3)");
        assert_eq!(copy_of("Report (final)"), "Report (final) (2)");
        let long = copy_of(&"가".repeat(MAX_NAME));
        assert_eq!(long.chars().count(), MAX_NAME);
        assert!(long.ends_with(" (2)"));
    }
}
