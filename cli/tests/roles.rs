//! The roles as processes of their own, over Google's emulators.

#![cfg(feature = "gcp")]

mod cloud;

use berth_domain::clock::Clock as _;
use cloud::{Cloud, Role};
use serde_json::json;

#[tokio::test]
async fn a_role_is_ready_while_its_store_answers_and_ends_with_a_signal() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    for role in [cloud.hook().await?, cloud.api().await?] {
        assert_eq!(role.get("/healthz").await?.status(), 204);
        assert_eq!(role.get("/readyz").await?.status(), 204);
        assert!(role.terminate().await?.success());
    }
    // A store that is not there: alive, and not ready.
    let nowhere = berth_emulators::process::free_address()?;
    let hook = cloud
        .hook_with(&[("FIRESTORE_EMULATOR_HOST", &nowhere.to_string())])
        .await?;
    assert_eq!(hook.get("/healthz").await?.status(), 204);
    assert_eq!(hook.get("/readyz").await?.status(), 503);
    Ok(())
}

#[tokio::test]
async fn the_hook_lets_in_its_caller_alone_and_keeps_the_jobs() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let hook = cloud.hook().await?;
    let tick = |token: String| hook.post("/tick", token, json!(null));
    assert_eq!(tick(String::new()).await?.status(), 401);
    let stranger = cloud.service_token("somebody@else.example");
    assert_eq!(tick(stranger).await?.status(), 403);
    let schedule = cloud.scheduled_agent().await?;
    assert_eq!(tick(cloud.caller_token()).await?.status(), 200);
    let jobs = cloud.scheduler.jobs();
    assert_eq!(jobs.len(), 1);
    let uri = jobs[0]["httpTarget"]["uri"].as_str().expect("a target");
    assert!(uri.ends_with(&format!("/fire/{schedule}")), "{uri}");
    Ok(())
}

/// Two of the api, one behind the other's back: signed in at one, at home at both, and what one stores the other shows.
#[tokio::test]
async fn two_apis_are_one() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let (one, two) = tokio::try_join!(cloud.api(), cloud.api())?;
    let session = cloud.sign_in(&one).await?;
    let me = two.get_as("/api/me", &session).await?;
    assert_eq!(me.status(), 200);
    let body = json!({"name": "Brief", "prompt": "Say hello."});
    let made = one.post_as("/api/agents", &session, body).await?;
    assert_eq!(made.status(), 201, "{}", made.text().await?);
    let agents: serde_json::Value = two.get_as("/api/agents", &session).await?.json().await?;
    assert!(agents.to_string().contains("Brief"), "{agents}");
    // Files are where runners are, and there is none: told, and not a broken server.
    let files = two.get_as("/api/files?path=", &session).await?;
    assert_eq!(files.status(), 503, "{}", files.text().await?);
    Ok(())
}

/// What is accepted is stored and announced.
#[tokio::test]
async fn a_message_at_one_api_is_a_hint_for_runners() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let (one, queue) = (cloud.api().await?, cloud.receiving().await?);
    let session = cloud.sign_in(&one).await?;
    let run = cloud.message(&one, &session).await?;
    assert_eq!(cloud.next_claim(&queue).await?, run);
    assert!(cloud.clock.now() > jiff::Timestamp::UNIX_EPOCH);
    Ok(())
}
