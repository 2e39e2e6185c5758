//! `GET /api/templates`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::language::Language;
use crate::problem::Result;
use crate::routes::user::user_of;
use crate::schema::{AgentSpecView, Items, ScheduleSpecView};
use crate::session::Session;
use crate::templates::{TEMPLATES, Template};

/// An agent to begin with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(super) struct TemplateView {
    /// Stable word.
    id: &'static str,
    /// What it is called.
    name: &'static str,
    /// What it does, in one sentence.
    summary: &'static str,
    /// The agent, to be adapted and saved.
    spec: AgentSpecView,
    /// The schedule that suits it; null where it is run by hand.
    schedule: Option<ScheduleSpecView>,
    /// Name of an icon of the Lucide set.
    icon: &'static str,
}

/// Agents to begin with, in the user's language and time zone.
#[utoipa::path(
    get,
    path = "/api/templates",
    operation_id = "listTemplates",
    tag = "agents",
    params(("language" = Option<String>, Query, description = "`ko` or `en`; what the client prefers when left out")),
    responses((status = 200, body = Items<TemplateView>, description = "All of them"))
)]
#[tracing::instrument(name = "api.templates.list", skip_all, fields(user.id))]
pub(super) async fn list_templates(
    State(app): State<Shared>,
    session: Session,
    language: Language,
) -> Result<Json<Items<TemplateView>>> {
    let user = user_of(&app, &session).await?;
    let zone = user.onboarding.time_zone.unwrap_or_else(|| {
        let likely = match language {
            Language::Korean => "Asia/Seoul",
            Language::English => "UTC",
        };
        likely.to_owned()
    });
    let view = |template: &Template| {
        let text = template.text(language);
        TemplateView {
            id: template.id,
            name: text.name,
            summary: text.summary,
            spec: template.spec(language).into(),
            schedule: template.schedule(&zone).map(ScheduleSpecView::from),
            icon: template.icon,
        }
    };
    Ok(Json(Items::all(TEMPLATES.iter().map(view).collect())))
}
