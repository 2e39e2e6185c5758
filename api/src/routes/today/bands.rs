//! The first three bands of the page.

use std::collections::HashSet;

use berth_domain::agent::Agent;
use berth_domain::ids::AgentId;
use berth_domain::page::PageRequest;
use berth_domain::ports::runs::RunFilter;
use berth_domain::ports::schedules::PauseReason;
use berth_domain::run::{Reason, Run, RunState};
use jiff::Timestamp;

use super::get::{TodayItem, TodayKind};
use crate::app::App;
use crate::problem::Result;
use crate::routes::proposals;
use crate::routes::runs::made_files;
use crate::routes::user::user_of;
use crate::schema::{RunView, SlotView};
use crate::session::Session;

/// Ended runs that are looked at.
const RUNS: u32 = 100;
/// Items of one band.
const BAND: usize = 20;
/// Open proposals and missed slots that are shown.
const OTHERS: u32 = 20;
/// Longest headline, in characters.
const HEADLINE: usize = 200;

/// How far back to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    /// For what stays until the user acts.
    pub(super) earliest: Timestamp,
    /// For what is new.
    pub(super) news: Timestamp,
}

/// The bands.
#[derive(Debug, Default)]
pub(super) struct Bands {
    pub(super) needs_you: Vec<TodayItem>,
    pub(super) failed: Vec<TodayItem>,
    pub(super) finished: Vec<TodayItem>,
}

/// Fills the bands.
pub(super) async fn bands(app: &App, session: &Session, since: Since) -> Result<Bands> {
    let agents = agents(app, session).await?;
    let mut bands = Bands::default();
    onboarding(app, session, &mut bands).await?;
    open_proposals(app, session, &mut bands).await?;
    paused(app, session, &agents, &mut bands).await?;
    ended_runs(app, session, since, &mut bands).await?;
    missed_slots(app, session, since, &agents, &mut bands).await?;
    for band in [&mut bands.needs_you, &mut bands.failed, &mut bands.finished] {
        band.sort_by_key(|item| std::cmp::Reverse(item.at));
        band.truncate(BAND);
    }
    pictures(app, &mut bands.finished).await?;
    Ok(bands)
}

fn item(kind: TodayKind, at: Timestamp) -> TodayItem {
    TodayItem {
        kind,
        at,
        agent_id: None,
        agent_name: None,
        run: None,
        proposal: None,
        slot: None,
        headline: None,
        image: None,
    }
}

async fn agents(app: &App, session: &Session) -> Result<Vec<Agent>> {
    let page = PageRequest {
        cursor: None,
        limit: Some(berth_domain::page::MAX_LIMIT),
    };
    let agents = &app.deps.agents;
    Ok(agents.list_agents(session.user_id, &page).await?.items)
}

fn name_of(agents: &[Agent], id: AgentId) -> Option<String> {
    let agent = agents.iter().find(|agent| agent.id == id);
    agent.map(|agent| agent.spec.name.clone())
}

async fn onboarding(app: &App, session: &Session, bands: &mut Bands) -> Result<()> {
    let user = user_of(app, session).await?;
    if user.onboarding.completed_at.is_none() {
        bands
            .needs_you
            .push(item(TodayKind::Onboarding, user.created_at));
    }
    Ok(())
}

async fn open_proposals(app: &App, session: &Session, bands: &mut Bands) -> Result<()> {
    let open = app
        .deps
        .proposals
        .open_proposals(session.user_id, OTHERS)
        .await?;
    for proposal in open {
        let at = proposal.created_at;
        let view = proposals::view(app, session, proposal).await?;
        bands.needs_you.push(TodayItem {
            proposal: Some(view),
            ..item(TodayKind::Proposal, at)
        });
    }
    Ok(())
}

/// Schedules that have paused themselves; what their owner paused needs nobody.
async fn paused(app: &App, session: &Session, agents: &[Agent], bands: &mut Bands) -> Result<()> {
    let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    let schedules = app
        .deps
        .schedules
        .schedules_of(session.user_id, &ids)
        .await?;
    for schedule in schedules {
        let Some(reason @ (PauseReason::Failures | PauseReason::CannotCompute)) = schedule.paused
        else {
            continue;
        };
        bands.needs_you.push(TodayItem {
            agent_id: Some(schedule.agent_id.0),
            agent_name: name_of(agents, schedule.agent_id),
            headline: Some(reason.as_str().to_owned()),
            ..item(TodayKind::SchedulePaused, schedule.updated_at)
        });
    }
    Ok(())
}

async fn ended_runs(app: &App, session: &Session, since: Since, bands: &mut Bands) -> Result<()> {
    let filter = RunFilter {
        of_agents: Some(true),
        finished_from: Some(since.earliest),
        ..RunFilter::default()
    };
    let page = PageRequest {
        cursor: None,
        limit: Some(RUNS),
    };
    let runs = app
        .deps
        .runs
        .list_runs(session.user_id, &filter, &page)
        .await?;
    // Newest first: a question is settled once its agent has ended another run.
    let mut settled = HashSet::new();
    for run in runs.items {
        let Some(at) = run.finished_at else { continue };
        let newest = run.agent_id.is_some_and(|agent| settled.insert(agent));
        let asks = run.reason == Some(Reason::NeedsYou);
        let band = match run.state {
            RunState::Failed if asks && newest => &mut bands.needs_you,
            _ if at < since.news => continue,
            RunState::Succeeded if run.proved != Some(false) => &mut bands.finished,
            RunState::Succeeded
            | RunState::Failed
            | RunState::TimedOut
            | RunState::BudgetStopped
            | RunState::Interrupted => &mut bands.failed,
            RunState::Queued | RunState::Running | RunState::Cancelled => continue,
        };
        band.push(of_run(run, at));
    }
    Ok(())
}

fn of_run(run: Run, at: Timestamp) -> TodayItem {
    TodayItem {
        agent_id: run.agent_id.map(|id| id.0),
        agent_name: run.agent_name.clone(),
        headline: run.result.as_deref().and_then(headline),
        run: Some(RunView::from(run)),
        ..item(TodayKind::Run, at)
    }
}

/// The first line that has text, without the marks of a Markdown heading.
pub(in crate::routes) fn headline(result: &str) -> Option<String> {
    let line = result
        .lines()
        .map(|line| line.trim().trim_start_matches('#').trim_start())
        .find(|line| line.contains(char::is_alphanumeric))?;
    Some(line.chars().take(HEADLINE).collect())
}

async fn missed_slots(
    app: &App,
    session: &Session,
    since: Since,
    agents: &[Agent],
    bands: &mut Bands,
) -> Result<()> {
    let schedules = &app.deps.schedules;
    let missed = schedules
        .missed_slots(session.user_id, since.news, OTHERS)
        .await?;
    for slot in missed {
        bands.failed.push(TodayItem {
            agent_id: Some(slot.agent_id.0),
            agent_name: name_of(agents, slot.agent_id),
            slot: Some(SlotView::from(slot.clone())),
            ..item(TodayKind::SlotMissed, slot.scheduled_at)
        });
    }
    Ok(())
}

/// Looks for a picture among what each run made.
async fn pictures(app: &App, items: &mut [TodayItem]) -> Result<()> {
    for item in items {
        let Some(run) = &item.run else { continue };
        let files = made_files(app, run.id.into()).await?;
        let picture = files
            .into_iter()
            .find(|file| file.media_type.starts_with("image/"));
        item.image = picture.map(|file| file.path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_the_first_line_with_words() {
        assert_eq!(
            headline("\n---\n## 이번 주 요약\n…").as_deref(),
            Some("이번 주 요약")
        );
        assert_eq!(headline("***\n"), None);
        assert_eq!(
            headline(&"가".repeat(500)).unwrap().chars().count(),
            HEADLINE
        );
    }
}
