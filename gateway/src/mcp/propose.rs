//! Proposals: judged as what a person writes is judged, stored as open, and no more.

use berth_domain::agent::{AgentSpec, DEFAULT_TIME_LIMIT, Network, NotifyRules};
use berth_domain::done::Check;
use berth_domain::ids::ProposalId;
use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};
use berth_domain::schedule::ScheduleSpec;
use berth_domain::usage::MicroUsd;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Desk, Failed, named};
use super::look;

/// Proposals of one run: a model that goes round in circles fills nobody's screen.
const MAX_PROPOSALS: usize = 10;
/// Next fires that are told.
const FIRES: usize = 3;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agent {
    name: String,
    prompt: String,
    #[serde(default)]
    schedule: Option<Value>,
    #[serde(default)]
    done: Vec<Check>,
    #[serde(default)]
    notify: NotifyRules,
    #[serde(default)]
    network: Network,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    time_limit_minutes: Option<u32>,
    #[serde(default)]
    cost_limit_usd: Option<f64>,
}

/// Proposes an agent, with or without a schedule.
pub(super) async fn agent(desk: Desk<'_>, arguments: Agent) -> Result<Value, Failed> {
    let schedule = arguments.schedule.clone().filter(|given| !given.is_null());
    let spec = spec_of(arguments);
    let mut errors: Vec<_> = spec.errors().into_iter().map(named).collect();
    let (schedule, fires) = match schedule {
        Some(given) => match planned(desk, given).await? {
            Ok((schedule, fires)) => (Some(schedule), fires),
            Err(found) => {
                errors.extend(found);
                (None, Vec::new())
            }
        },
        None => (None, Vec::new()),
    };
    if !errors.is_empty() {
        return Err(Failed::fields(errors));
    }
    let name = spec.name.clone();
    let body = ProposalBody::Agent {
        agent: spec,
        schedule,
    };
    store(desk, body, &name, &fires).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schedule {
    agent_id: String,
    schedule: Value,
}

/// Proposes a schedule for an agent that is there.
pub(super) async fn schedule(desk: Desk<'_>, arguments: Schedule) -> Result<Value, Failed> {
    let agent_id = look::agent_id(&arguments.agent_id)?;
    let agents = &desk.ports.agents;
    let Some(agent) = agents.agent(desk.grant.user_id, agent_id).await? else {
        return Err(look::no_such_agent());
    };
    let (schedule, fires) = planned(desk, arguments.schedule)
        .await?
        .map_err(Failed::fields)?;
    let body = ProposalBody::Schedule { agent_id, schedule };
    store(desk, body, &agent.spec.name, &fires).await
}

fn spec_of(arguments: Agent) -> AgentSpec {
    AgentSpec {
        name: arguments.name.trim().to_owned(),
        prompt: arguments.prompt,
        model: arguments.model,
        time_limit_seconds: arguments
            .time_limit_minutes
            .map_or(DEFAULT_TIME_LIMIT, |minutes| minutes.saturating_mul(60)),
        cost_limit_micro_usd: arguments.cost_limit_usd.map(micro_usd),
        network: arguments.network,
        done: arguments.done,
        notify: arguments.notify,
    }
}

/// A negative amount is none, which is refused as such.
fn micro_usd(dollars: f64) -> MicroUsd {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float's cast saturates, and a limit beyond 2^64 millionths is no limit"
    )]
    MicroUsd((dollars.max(0.0) * 1e6).round() as u64)
}

type Planned = Result<(ScheduleSpec, Vec<String>), Vec<(String, String)>>;

/// A schedule and its next fires in local time, or what is wrong with it. Without a zone it is in the user's.
async fn planned(desk: Desk<'_>, mut given: Value) -> Result<Planned, Failed> {
    let has_zone = given["time_zone"]
        .as_str()
        .is_some_and(|zone| !zone.is_empty());
    if let (false, Value::Object(fields)) = (has_zone, &mut given) {
        let user = desk.ports.users.user(desk.grant.user_id).await?;
        let zone = user.and_then(|user| user.onboarding.time_zone);
        fields.insert("time_zone".to_owned(), zone.into());
    }
    let spec = match serde_json::from_value::<ScheduleSpec>(given) {
        Ok(spec) => spec,
        Err(error) => return Ok(Err(vec![("schedule".to_owned(), error.to_string())])),
    };
    let plan = match spec.validate() {
        Ok(plan) => plan,
        Err(errors) => {
            let named = |field, reason| (format!("schedule/{field}"), reason);
            let errors = errors.into_iter();
            return Ok(Err(errors
                .map(|error| named(error.field, error.reason))
                .collect()));
        }
    };
    let fires = plan.preview(FIRES, desk.context.clock.now());
    let shown = |local: &jiff::civil::DateTime| local.strftime("%A %Y-%m-%d %H:%M").to_string();
    Ok(Ok((
        spec,
        fires.iter().map(|fire| shown(&fire.local)).collect(),
    )))
}

async fn store(
    desk: Desk<'_>,
    body: ProposalBody,
    name: &str,
    fires: &[String],
) -> Result<Value, Failed> {
    let grant = desk.grant;
    let Some(conversation_id) = grant.conversation_id else {
        return Err(Failed::told("Proposals are made in a conversation."));
    };
    let earlier = desk
        .ports
        .proposals
        .proposals_in(grant.user_id, conversation_id)
        .await?;
    let of_run = earlier.iter().filter(|known| known.run_id == grant.run_id);
    if of_run.count() >= MAX_PROPOSALS {
        return Err(Failed::Told(format!(
            "There are {MAX_PROPOSALS} proposals of this turn already. Let the user decide on those first."
        )));
    }
    let kind = body.kind();
    let proposal = Proposal {
        id: ProposalId(desk.context.clock.uuid()),
        user_id: grant.user_id,
        conversation_id,
        run_id: grant.run_id,
        body,
        state: ProposalState::Open,
        agent_id: None,
        created_at: desk.context.clock.now(),
        decided_at: None,
    };
    desk.ports.proposals.add_proposal(&proposal).await?;
    tracing::info!(run.id = %grant.run_id, proposal.id = %proposal.id, kind, "something was proposed");
    Ok(json!({
        "proposal_id": proposal.id,
        "kind": kind,
        "name": name,
        "next_runs_local": fires,
        "note": "The user now sees a card and confirms, changes or declines it. Nothing is saved yet: say in a sentence or two \
                 what you propose, and do not claim that it is set up.",
    }))
}
