use std::fs;
use std::process::Command;

use crate::driver::World;

#[test]
fn errors_and_exit_codes() {
    let world = World::new();
    for (reason, subtype) in [
        ("api_error", "success"),
        ("max_turns", "error_max_turns"),
        ("budget_exhausted", "error_max_budget_usd"),
    ] {
        let mut cli = world.start(&[]);
        cli.say(&format!("[[is_error:{reason}]]"));
        let result = cli.result();
        assert_eq!(
            (
                result["subtype"].as_str(),
                result["terminal_reason"].as_str()
            ),
            (Some(subtype), Some(reason))
        );
        assert_eq!(result["is_error"], true);
        assert_eq!(cli.finish().0.code(), Some(1));
    }
}

#[test]
fn death_in_the_middle() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[die:7]]");
    cli.until(|line| line["event"]["type"] == "content_block_delta");
    assert!(cli.raw_line().is_empty(), "nothing follows");
    assert_eq!(cli.finish().0.code(), Some(7));
}

#[test]
fn signals() {
    let world = World::new();
    for (signal, code) in [("TERM", 143), ("INT", 0)] {
        let mut cli = world.start(&[]);
        cli.say("[[gate:never]]");
        cli.until(|line| line["event"]["type"] == "message_start");
        cli.signal(signal);
        if signal == "INT" {
            assert_eq!(cli.result()["terminal_reason"], "aborted_streaming");
        }
        assert!(cli.raw_line().is_empty(), "nothing follows");
        assert_eq!(cli.finish().0.code(), Some(code), "{signal}");
    }
}

#[test]
fn a_line_of_an_exact_size() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[line:3000000]]");
    let lines = cli.turn();
    assert!(
        lines
            .iter()
            .any(|line| line["type"] == "user" && line.to_string().len() == 3_000_000)
    );
}

#[test]
fn garbage_between_good_lines() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[garbage]]");
    let mut bad = 0;
    loop {
        let line = cli.raw_line();
        match serde_json::from_slice::<serde_json::Value>(&line) {
            Ok(line) if line["type"] == "result" => break,
            Ok(_) => {}
            Err(_) => bad += 1,
        }
    }
    assert!(bad >= 3);
}

#[test]
fn a_missing_result_leaves_the_process_usable() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[noresult]]");
    cli.say("next");
    let lines = cli.turn();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line["subtype"] == "init")
            .count(),
        2
    );
    assert_eq!(lines[lines.len() - 1]["result"], "You said: next");
}

#[test]
fn endless_output_ends_with_the_process() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[endless:lines]]");
    for _ in 0..1000 {
        assert!(!cli.raw_line().is_empty());
    }
    cli.signal("TERM");
    while !cli.raw_line().is_empty() {}
    assert_eq!(cli.finish().0.code(), Some(143));
}

#[test]
fn a_broken_line_ends_the_process() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.write("not json");
    let (status, stderr) = cli.finish();
    assert_eq!(status.code(), Some(1));
    assert!(
        stderr.starts_with("Error parsing streaming input line"),
        "{stderr}"
    );
}

#[test]
fn a_child_stays_behind_in_a_session_of_its_own() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[child]]");
    cli.result();
    let children =
        fs::read_to_string(format!("/proc/{0}/task/{0}/children", cli.id())).expect("Linux");
    let child = children.trim().to_owned();
    cli.kill();
    // The child is there before it has its session: `setsid` sets it after the start.
    let in_its_own = || {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).expect("the child lives");
        stat.rsplit_once(") ")
            .expect("a stat line")
            .1
            .split(' ')
            .nth(3)
            == Some(child.as_str())
    };
    while !in_its_own() {
        std::thread::yield_now();
    }
    let killed = Command::new("kill")
        .args(["-9", "--", &format!("-{child}")])
        .status()
        .expect("kill runs");
    assert!(killed.success());
}

#[test]
fn nobody_reads() {
    let world = World::new();
    let mut cli = world.start(&[]);
    cli.say("[[endless]]");
    cli.close_stdout();
    assert_eq!(cli.finish().0.code(), Some(1));
}
