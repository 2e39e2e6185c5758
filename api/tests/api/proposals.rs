//! What Claude proposes.

use berth_domain::clock::Clock;
use berth_domain::ids::ProposalId;
use berth_domain::ports::proposals::Proposals;
use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};
use http::Method;
use serde_json::{Value, json};

use crate::support::Rig;

/// An open proposal of an agent with a schedule.
async fn proposed(rig: &Rig) -> ProposalId {
    let (conversation, run) = rig.begin("do this every Monday at eight").await;
    let agent = json!({"name": "Weekly", "prompt": "Sum up."});
    let schedule = json!({"frequency": "weekly", "time": "08:00", "weekdays": ["mon"], "time_zone": "Asia/Seoul"});
    let proposal = Proposal {
        id: rig.clock.uuid().into(),
        user_id: rig.user,
        conversation_id: conversation.into(),
        run_id: run,
        body: ProposalBody::Agent {
            agent: serde_json::from_value(agent).unwrap(),
            schedule: serde_json::from_value(schedule).unwrap(),
        },
        state: ProposalState::Open,
        agent_id: None,
        created_at: rig.clock.now(),
        decided_at: None,
    };
    rig.store.add_proposal(&proposal).await.unwrap();
    proposal.id
}

#[tokio::test]
async fn nothing_is_saved_before_it_is_confirmed_and_then_once() {
    let rig = Rig::new().await;
    let path = format!("/api/proposals/{}", proposed(&rig).await);
    let open = rig.get(&path).await.json();
    assert_eq!(
        (&open["state"], &open["kind"]),
        (&json!("open"), &json!("agent"))
    );
    assert_eq!(open["schedule"]["time"], "08:00");
    assert_eq!(rig.get("/api/agents").await.json()["items"], json!([]));
    let edited = json!({"agent": {"name": "Monday"}, "schedule": null});
    let confirmed = rig.post(&format!("{path}/confirm"), edited).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!(
        (&confirmed.json()["state"], &confirmed.json()["agent_name"]),
        (&json!("confirmed"), &json!("Monday"))
    );
    let kept = &confirmed.json();
    assert_eq!(
        kept["agent"]["name"], "Monday",
        "what was saved, not what was proposed"
    );
    assert_eq!(kept["schedule"], Value::Null);
    let again = rig.post(&format!("{path}/confirm"), Value::Null).await;
    assert_eq!(again.json()["agent_id"], confirmed.json()["agent_id"]);
    let agents = rig.get("/api/agents").await.json();
    assert_eq!(agents["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&agents["items"][0]["name"], &agents["items"][0]["schedule"]),
        (&json!("Monday"), &Value::Null)
    );
    let late = rig.post(&format!("{path}/decline"), Value::Null).await;
    assert_eq!(late.problem(), (409, "proposal.decided".to_owned()));
}

#[tokio::test]
async fn declined_saves_nothing() {
    let rig = Rig::new().await;
    let path = format!("/api/proposals/{}", proposed(&rig).await);
    let declined = rig
        .post(&format!("{path}/decline"), Value::Null)
        .await
        .json();
    assert_eq!(declined["state"], "declined");
    let late = rig.post(&format!("{path}/confirm"), Value::Null).await;
    assert_eq!(late.problem(), (409, "proposal.decided".to_owned()));
    assert_eq!(rig.get("/api/agents").await.json()["items"], json!([]));
}

#[tokio::test]
async fn wrong_edits_are_named_and_others_proposals_do_not_exist() {
    let rig = Rig::new().await;
    rig.add_user("ana", "ana").await;
    let path = format!("/api/proposals/{}", proposed(&rig).await);
    let bad =
        json!({"agent": {"prompt": ""}, "schedule": {"frequency": "daily", "time_zone": "UTC"}});
    let answer = rig.post(&format!("{path}/confirm"), bad).await;
    assert_eq!(answer.problem(), (400, "agent.invalid".to_owned()));
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::POST, format!("{path}/confirm")),
        (Method::POST, format!("{path}/decline")),
    ] {
        let foreign = rig.call_as("ana", method, &path, Value::Null).await;
        assert_eq!(foreign.problem(), (404, "proposal.not_found".to_owned()));
    }
}
