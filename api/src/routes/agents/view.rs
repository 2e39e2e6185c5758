//! Agents together with what belongs to them.

use berth_domain::agent::Agent;
use berth_domain::budget;
use berth_domain::ids::AgentId;
use berth_domain::ports::usage::{UsageBy, UsageGroup, UsageQuery};
use berth_domain::usage::UsageTotals;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::problem::Result;
use crate::routes::user::user_of;
use crate::schema::{AgentParts, AgentView};
use crate::session::Session;

/// How far back an agent's dots go.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One agent as clients see it.
pub(super) async fn view(app: &App, session: &Session, agent: Agent) -> Result<AgentView> {
    let (user, now) = (session.user_id, app.deps.clock.now());
    let id = agent.id;
    let month = month_begins(app, session, now).await?;
    let recent = now - RECENT;
    let mut activity = app.deps.runs.agent_activity(user, &[id], recent).await?;
    let parts = AgentParts {
        schedule: app.deps.schedules.schedule(user, id).await?,
        activity: activity.pop(),
        month: app.deps.usage.agent_total_since(id, month).await?,
        total: of(&app.deps.usage.agent_totals(&[id]).await?, id),
        agent,
    };
    Ok(AgentView::new(parts, now))
}

/// The same for a page of them, with a fixed number of questions to the store.
pub(super) async fn views(
    app: &App,
    session: &Session,
    agents: Vec<Agent>,
) -> Result<Vec<AgentView>> {
    if agents.is_empty() {
        return Ok(Vec::new());
    }
    let (user, now) = (session.user_id, app.deps.clock.now());
    let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    let month = month_begins(app, session, now).await?;
    let mut schedules = app.deps.schedules.schedules_of(user, &ids).await?;
    let recent = now - RECENT;
    let mut activity = app.deps.runs.agent_activity(user, &ids, recent).await?;
    let months = totals_since(app, session, month, now).await?;
    let totals = app.deps.usage.agent_totals(&ids).await?;
    let views = agents.into_iter().map(|agent| {
        let id = agent.id;
        let parts = AgentParts {
            schedule: take(&mut schedules, |schedule| schedule.agent_id == id),
            activity: take(&mut activity, |activity| activity.agent_id == id),
            month: of(&months, id),
            total: of(&totals, id),
            agent,
        };
        AgentView::new(parts, now)
    });
    Ok(views.collect())
}

fn take<T>(all: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> Option<T> {
    let at = all.iter().position(is_it)?;
    Some(all.swap_remove(at))
}

fn of(totals: &[(AgentId, UsageTotals)], id: AgentId) -> UsageTotals {
    let found = totals.iter().find(|(agent, _)| *agent == id);
    found.map(|(_, totals)| *totals).unwrap_or_default()
}

/// What each of a user's agents has used since `from`.
async fn totals_since(
    app: &App,
    session: &Session,
    from: Timestamp,
    now: Timestamp,
) -> Result<Vec<(AgentId, UsageTotals)>> {
    let question = UsageQuery {
        user: session.user_id,
        from,
        // A call that is recorded in this very instant belongs to it too.
        to: now + SignedDuration::from_secs(1),
        by: UsageBy::Agent,
        time_zone: TimeZone::UTC,
    };
    let rows = app.deps.usage.summary(&question).await?;
    let agents = rows.into_iter().filter_map(|row| match row.group {
        UsageGroup::Agent(Some(agent)) => Some((agent, row.totals)),
        UsageGroup::Agent(None)
        | UsageGroup::Day(_)
        | UsageGroup::Model(_)
        | UsageGroup::DayAgent(..) => None,
    });
    Ok(agents.collect())
}

/// The first instant of this month where the user lives; where that is unknown, of the month in UTC.
async fn month_begins(app: &App, session: &Session, now: Timestamp) -> Result<Timestamp> {
    let user = user_of(app, session).await?;
    let zone = user.onboarding.time_zone;
    Ok(budget::month_of(now, zone.as_deref()).start)
}
