use crate::driver::World;

const ID: &str = "0199a3c4-0000-7000-8000-000000000001";

#[test]
fn a_session_outlives_its_process() {
    let world = World::new();
    let mut cli = world.start(&["--session-id", ID]);
    cli.say("first");
    assert_eq!(cli.result()["session_id"], ID);
    cli.say("[[gate:never]]");
    cli.until(|line| line["event"]["type"] == "message_start");
    cli.kill();
    let mut cli = world.start(&["--resume", ID]);
    cli.say("[[recall]]");
    let result = cli.result();
    assert_eq!(result["result"], "[\"first\",\"[[gate:never]]\"]");
    assert!(
        result["total_cost_usd"].as_f64()
            > result["model_usage_since_last_result"]["claude-opus-5-5"]["costUSD"].as_f64()
    );
}

#[test]
fn an_unknown_session_fails_at_once() {
    let world = World::new();
    let mut cli = world.start(&["--resume", ID]);
    let result = cli.result();
    assert_eq!(
        (result["subtype"].as_str(), result["is_error"].as_bool()),
        (Some("error_during_execution"), Some(true))
    );
    let (status, stderr) = cli.finish();
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        stderr.trim(),
        format!("No conversation found with session ID: {ID}")
    );
}

#[test]
fn an_id_is_taken_once() {
    let world = World::new();
    let mut cli = world.start(&["--session-id", ID]);
    cli.say("first");
    cli.result();
    cli.finish();
    let (status, stderr) = world.start(&["--session-id", ID]).finish();
    assert_eq!(
        (status.code(), stderr.trim()),
        (
            Some(1),
            format!("Error: Session ID {ID} is already in use.").as_str()
        )
    );
    let (status, stderr) = world.start(&["--session-id", "mine"]).finish();
    assert_eq!(
        (status.code(), stderr.trim()),
        (Some(1), "Error: Invalid session ID. Must be a valid UUID.")
    );
}

#[test]
fn a_second_process_on_a_session_is_refused() {
    let world = World::new();
    let mut cli = world.start(&["--session-id", ID]);
    cli.say("first");
    cli.result();
    let (status, stderr) = world.start(&["--resume", ID]).finish();
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains("two processes on one session"), "{stderr}");
}
