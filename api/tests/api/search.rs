//! One search over everything.

use berth_domain::ports::workspaces::WorkspaceState;
use berth_domain::run::{Outcome, Reason, RunState};
use http::Method;
use serde_json::Value;

use crate::support::Rig;

#[tokio::test]
async fn everything_of_the_user_is_found_by_name() {
    let rig = Rig::new().await;
    rig.begin("Budget for March").await;
    let agent = rig.agent("budget watch").await;
    let result = Outcome::new(
        RunState::Succeeded,
        Reason::Completed,
        Some("The BUDGET holds".to_owned()),
    );
    rig.run_agent(agent, &result, &[]).await;
    let headers = [("authorization", "Bearer token")];
    rig.call_with(Method::PUT, "/api/files/Budget.xlsx", &headers, "x")
        .await;
    rig.workspaces.become_(WorkspaceState::Ready);
    let found = rig.get("/api/search?q=bUdGeT").await.json();
    let mut kinds: Vec<_> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["agent", "conversation", "file", "run"]);
    rig.workspaces.become_(WorkspaceState::Stopped);
    assert_eq!(
        rig.get("/api/search?q=xlsx").await.json()["items"],
        serde_json::json!([])
    );
    rig.add_user("ana", "ana").await;
    let foreign = rig
        .call_as("ana", Method::GET, "/api/search?q=budget", Value::Null)
        .await;
    assert_eq!(foreign.json()["items"], serde_json::json!([]));
    for bad in ["", "?q=", "?q=%20"] {
        let answer = rig.get(&format!("/api/search{bad}")).await;
        assert_eq!(answer.problem().0, 400, "{bad}");
    }
}
