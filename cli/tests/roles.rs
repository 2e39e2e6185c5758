//! The roles as processes of their own, over Google's emulators.

#![cfg(feature = "gcp")]

mod cloud;

use cloud::{Cloud, next_claim};
use serde_json::{Value, json};

#[tokio::test]
async fn a_role_is_ready_while_its_store_answers_and_ends_with_a_signal() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    for role in [cloud.hook().await?, cloud.api().await?] {
        assert_eq!(role.get("/healthz").await?.status(), 204);
        role.until_ready().await?;
        assert!(role.terminate().await?.success());
    }
    Ok(())
}

/// A store that does not answer: the role lives, and is not ready.
#[tokio::test]
async fn a_role_without_its_store_is_sent_nothing() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    // Connections are taken by the kernel, and nobody reads from them.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = silent.local_addr()?.to_string();
    let lost = cloud
        .role("scheduler-hook", &[("FIRESTORE_EMULATOR_HOST", &address)])
        .await?;
    assert_eq!(lost.get("/healthz").await?.status(), 204);
    assert_eq!(lost.get("/readyz").await?.status(), 503);
    Ok(())
}

/// An agent with a schedule, made at one api and shown by another; the hook lets its caller alone in, and keeps a job for it.
#[tokio::test]
async fn what_one_process_stores_the_others_work_with() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let (one, two, hook) = tokio::try_join!(cloud.api(), cloud.api(), cloud.hook())?;
    let session = cloud.sign_in(&one).await?;
    let body = json!({
        "name": "Brief", "prompt": "Say hello.",
        "schedule": {"frequency": "weekly", "weekdays": ["mon"], "time": "08:00", "time_zone": "Asia/Seoul"},
    });
    let made = one.post_as("/api/agents", &session, &body).await?;
    assert_eq!(made.status(), 201, "{}", made.text().await?);
    let agents: Value = two.get_as("/api/agents", &session).await?.json().await?;
    assert_eq!(agents["items"][0]["name"], "Brief", "{agents}");

    assert_eq!(hook.call("/tick", "").await?, 401);
    let stranger = cloud.service_token("somebody@else.example");
    assert_eq!(hook.call("/tick", &stranger).await?, 403);
    assert!(cloud.scheduler.jobs().is_empty());
    assert_eq!(hook.call("/tick", &cloud.caller_token()).await?, 200);
    let jobs = cloud.scheduler.jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["schedule"], "0 8 * * 1");
    assert_eq!(jobs[0]["timeZone"], "Asia/Seoul");
    Ok(())
}

/// What is accepted is stored, and runners are told.
#[tokio::test]
async fn a_message_is_a_hint_for_runners() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let (one, two) = tokio::try_join!(cloud.api(), cloud.api())?;
    let queue = cloud.receiving().await?;
    let session = cloud.sign_in(&one).await?;
    let nothing = json!({});
    let made = one
        .post_as("/api/conversations", &session, &nothing)
        .await?;
    let conversation: Value = made.json().await?;
    let path = format!(
        "/api/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    );
    let message = json!({"content": "Hello"});
    let sent = two.post_as(&path, &session, &message).await?;
    assert_eq!(sent.status(), 202, "{}", sent.text().await?);
    let accepted: Value = sent.json().await?;
    assert_eq!(
        next_claim(&queue).await?.to_string(),
        accepted["run_id"].as_str().expect("an id")
    );
    let run = format!("/api/runs/{}", accepted["run_id"].as_str().expect("an id"));
    let shown: Value = one.get_as(&run, &session).await?.json().await?;
    assert_eq!(shown["state"], "queued", "{shown}");
    Ok(())
}

/// Files are where runners are. While there is none, that is told, and nothing else breaks.
#[tokio::test]
async fn without_a_runner_files_are_away_and_the_rest_is_there() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let api = cloud.api().await?;
    let session = cloud.sign_in(&api).await?;
    let files = api.get_as("/api/files", &session).await?;
    assert_eq!(files.status(), 503, "{}", files.text().await?);
    assert_eq!(api.get_as("/api/today", &session).await?.status(), 200);
    Ok(())
}

/// Without an identity provider anybody could act as anybody: the role does not start.
#[tokio::test]
async fn an_api_that_nobody_could_sign_in_to_does_not_start() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let nobody = [
        ("BERTH_GOOGLE_CLIENT_ID", ""),
        ("BERTH_ALLOWED_EMAILS", ""),
        ("BERTH_OWNERS", ""),
    ];
    assert!(cloud.role("api", &nobody).await.is_err());
    Ok(())
}
