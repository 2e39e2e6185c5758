//! `GET /api/usage`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use berth_domain::ports::usage::{UsageBy, UsageGroup, UsageQuery, UsageRow};
use berth_domain::usage::UsageTotals;
use http::header;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::csv;
use super::names::name_agents;
use super::period::Period;
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::UsageView;
use crate::session::Session;

/// What a row stands for.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = UsageGrouping)]
#[serde(rename_all = "snake_case")]
pub(super) enum Grouping {
    #[default]
    Day,
    Agent,
    Model,
}

impl Grouping {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Agent => "agent",
            Self::Model => "model",
        }
    }
}

impl From<Grouping> for UsageBy {
    fn from(grouping: Grouping) -> Self {
        match grouping {
            Grouping::Day => Self::Day,
            Grouping::Agent => Self::Agent,
            Grouping::Model => Self::Model,
        }
    }
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    #[default]
    Json,
    Csv,
}

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SummaryQuery {
    /// Start: a time (RFC 3339) or a date; 30 days before the end when left out.
    from: Option<String>,
    /// End: a time, not included, or a date, included; now when left out.
    to: Option<String>,
    /// Grouping.
    #[serde(default)]
    #[param(inline)]
    by: Grouping,
    /// IANA time zone that dates and days are of; UTC when left out.
    time_zone: Option<String>,
    /// Form of the answer.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// A summary of model calls.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsageSummary {
    /// Start, included.
    from: Timestamp,
    /// End, not included.
    to: Timestamp,
    /// What rows stand for.
    by: Grouping,
    /// Days ascend; agents and models come dearest first. Groups without a call are left out.
    items: Vec<UsageRowView>,
    /// The sum of all rows.
    total: UsageView,
}

/// One line of a summary.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageRow)]
pub(super) struct UsageRowView {
    /// The day, when days are asked for.
    pub(super) day: Option<Date>,
    /// The agent, when agents are asked for; null for chats without one.
    pub(super) agent_id: Option<Uuid>,
    /// That agent's name; of one that was deleted, the name it had at its last run.
    pub(super) agent_name: Option<String>,
    /// The model, when models are asked for.
    pub(super) model: Option<String>,
    /// Tokens and cost.
    #[serde(flatten)]
    pub(super) usage: UsageView,
}

impl UsageRowView {
    /// The one column that the row is grouped by.
    pub(super) fn key(&self) -> String {
        let day = self.day.map(|day| day.to_string());
        let agent = self.agent_id.map(|id| id.to_string());
        day.or(agent)
            .or_else(|| self.model.clone())
            .unwrap_or_default()
    }
}

impl From<UsageRow> for UsageRowView {
    fn from(row: UsageRow) -> Self {
        let (day, agent_id, model) = match row.group {
            UsageGroup::Day(date) => (Some(date), None, None),
            UsageGroup::Agent(agent) => (None, agent.map(|id| id.0), None),
            UsageGroup::Model(model) => (None, None, Some(model)),
        };
        Self {
            day,
            agent_id,
            agent_name: None,
            model,
            usage: row.totals.into(),
        }
    }
}

/// Tokens and cost of a period, by day, agent or model.
#[utoipa::path(
    get,
    path = "/api/usage",
    operation_id = "getUsage",
    tag = "usage",
    params(SummaryQuery),
    responses((
        status = 200,
        description = "The summary; with `format=csv` a table",
        content((UsageSummary = "application/json"), (String = "text/csv"))
    ))
)]
#[tracing::instrument(name = "api.usage.get", skip_all, fields(user.id))]
pub(super) async fn get_usage(
    State(app): State<Shared>,
    session: Session,
    Query(query): Query<SummaryQuery>,
) -> Result<Response> {
    let (from, to) = (query.from.as_deref(), query.to.as_deref());
    let now = app.deps.clock.now();
    let period = Period::parse(from, to, query.time_zone.as_deref(), now)?;
    let question = UsageQuery {
        user: session.user_id,
        from: period.from,
        to: period.to,
        by: query.by.into(),
        time_zone: period.zone,
    };
    let rows = app.deps.usage.summary(&question).await?;
    let mut total = UsageTotals::default();
    for row in &rows {
        total.tokens += row.totals.tokens;
        total.cost_micro_usd += row.totals.cost_micro_usd;
        total.calls = total.calls.saturating_add(row.totals.calls);
    }
    let mut items: Vec<UsageRowView> = rows.into_iter().map(Into::into).collect();
    name_agents(&app, &session, &mut items).await?;
    if query.format == Format::Csv {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"usage.csv\"",
            ),
        ];
        return Ok((headers, csv::table(query.by.as_str(), &items)).into_response());
    }
    Ok(Json(UsageSummary {
        from: period.from,
        to: period.to,
        by: query.by,
        items,
        total: total.into(),
    })
    .into_response())
}
