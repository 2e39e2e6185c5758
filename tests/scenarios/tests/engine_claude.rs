//! The real Claude Code in a real container without network; only the model is scripted.

use std::time::Duration;

use anyhow::Context as _;
use berth_harness::{Berth, Engine, Options, Socket};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

/// Within this a run that is stopped has ended, and what its tools ran is gone.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

fn real() -> Options {
    Options::new(Engine::Docker).with("--sweep-every", "200ms")
}

fn conversation(accepted: &Value) -> String {
    accepted["conversation_id"]
        .as_str()
        .expect("a conversation")
        .to_owned()
}

/// What runs in the local user's container: number and command line of each process.
async fn commands(berth: &Berth) -> anyhow::Result<Vec<(String, String)>> {
    let user = berth.get("/api/user/profile").await?["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let docker = bollard::Docker::connect_with_unix_defaults()?;
    let top = docker
        .top_processes(
            &format!("workspace-{user}"),
            None::<bollard::query_parameters::TopOptions>,
        )
        .await?;
    let rows = top.processes.unwrap_or_default().into_iter();
    Ok(rows
        .filter_map(|mut row| Some((row.pop()?, row.into_iter().nth(1)?)))
        .map(|(command, pid)| (pid, command))
        .collect())
}

/// Processes of Claude Code in the local user's container.
async fn claude_processes(berth: &Berth) -> anyhow::Result<Vec<String>> {
    let commands = commands(berth).await?.into_iter();
    Ok(commands
        .filter(|(_, command)| command.starts_with("claude "))
        .map(|(pid, _)| pid)
        .collect())
}

async fn is_left(berth: &Berth, program: &str) -> anyhow::Result<bool> {
    let commands = commands(berth).await?;
    Ok(commands
        .iter()
        .any(|(_, command)| command.starts_with(program)))
}

async fn say_and_end(
    socket: &mut Socket,
    to: Option<&str>,
    text: &str,
) -> anyhow::Result<(Value, Value)> {
    let (accepted, end) = socket.turn(to, text).await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    Ok((accepted, end))
}

#[tokio::test]
async fn two_turns_share_one_process_and_a_third_resumes_the_session() -> anyhow::Result<()> {
    let berth = real().with("--process-idle", "3s").start().await?;
    let mut socket = berth.socket().await?;
    let (accepted, _) = say_and_end(&mut socket, None, "the harbour is calm today").await?;
    let conversation = conversation(&accepted);
    let first = claude_processes(&berth).await?;
    assert_eq!(first.len(), 1);
    let question = "what was my previous message?";
    let (_, end) = say_and_end(&mut socket, Some(&conversation), question).await?;
    assert!(
        end["result"]
            .as_str()
            .is_some_and(|text| text.contains("harbour is calm")),
        "{end}"
    );
    assert_eq!(
        claude_processes(&berth).await?,
        first,
        "the same process answered"
    );
    let idle = async {
        while !claude_processes(&berth).await?.is_empty() {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(berth_harness::DEADLINE, idle).await??;
    let (_, end) = say_and_end(
        &mut socket,
        Some(&conversation),
        "and what did I say before that? my previous message",
    )
    .await?;
    assert!(
        end["result"]
            .as_str()
            .is_some_and(|text| text.contains("previous message")),
        "{end}"
    );
    berth.finish().await
}

#[tokio::test]
async fn an_analysis_makes_a_chart_that_can_be_fetched() -> anyhow::Result<()> {
    let berth = real().start().await?;
    let mut socket = berth.socket().await?;
    let (accepted, end) = say_and_end(&mut socket, None, "sales.csv 분석해서 차트 그려줘").await?;
    assert!(
        end["result"]
            .as_str()
            .is_some_and(|text| text.contains("행")),
        "{end}"
    );
    let events = berth.checked_events(&conversation(&accepted)).await?;
    let chart = events
        .iter()
        .find(|event| event["event"]["kind"] == "file" && event["event"]["path"] == "chart.png")
        .context("no event told of the chart")?;
    assert_eq!(chart["event"]["media_type"], "image/png");
    let picture = berth
        .request(reqwest::Method::GET, "/api/files/chart.png")
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?;
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(chart["event"]["size"], picture.len());
    let usage = berth.get("/api/usage?by=model").await?;
    assert!(
        usage["items"][0]["output_tokens"].as_u64() > Some(0),
        "{usage}"
    );
    berth.finish().await
}

#[tokio::test]
async fn packages_install_although_there_is_no_network() -> anyhow::Result<()> {
    let berth = real().start().await?;
    let mut socket = berth.socket().await?;
    let commands = "pip install --quiet humanize && python3 -c 'import humanize; print(humanize.intcomma(1234567))'; \
        npm install --silent --prefix /tmp/n is-number && ls /tmp/n/node_modules; \
        curl --silent --show-error --max-time 5 http://169.254.169.1/ || echo unreachable";
    let (_, end) = say_and_end(&mut socket, None, &format!("[[bash:{commands}]]")).await?;
    let said = end["result"].as_str().context("a result")?;
    for expected in ["1,234,567", "is-number", "unreachable"] {
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }
    berth.finish().await
}

#[tokio::test]
async fn stopping_in_a_tool_cancels_and_the_next_message_works() -> anyhow::Result<()> {
    let berth = real().start().await?;
    let mut socket = berth.socket().await?;
    socket
        .say(None, "[[bash:python3 -c 'import time; time.sleep(600)']]")
        .await?;
    let accepted = socket.accepted().await?;
    let conversation = conversation(&accepted);
    socket.event("tool_use").await?;
    socket
        .send(&json!({"type": "interrupt", "conversation_id": conversation}))
        .await?;
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("cancelled"), &json!("stopped_by_user"))
    );
    say_and_end(&mut socket, Some(&conversation), "[[say:still here]]").await?;
    berth.finish().await
}

#[tokio::test]
async fn a_tools_child_that_does_not_want_to_stop_is_gone_within_five_seconds() -> anyhow::Result<()>
{
    let berth = real().start().await?;
    let mut socket = berth.socket().await?;
    let deaf = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; open('deaf', 'w'); time.sleep(600)";
    socket
        .say(None, &format!("[[bash:echo; python3 -c \"{deaf}\"; echo]]"))
        .await?;
    let accepted = socket.accepted().await?;
    let began = async {
        while berth.get("/api/files?path=").await?["entries"][0]["name"] != "deaf" {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(berth_harness::DEADLINE, began).await??;
    let conversation = conversation(&accepted);
    let asked = Instant::now();
    socket
        .send(&json!({"type": "interrupt", "conversation_id": conversation}))
        .await?;
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(end["state"], "cancelled");
    let gone = async {
        while is_left(&berth, "python3").await? {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout_at(asked + STOPPED_WITHIN, gone).await??;
    say_and_end(&mut socket, Some(&conversation), "[[say:still here]]").await?;
    berth.finish().await
}

#[tokio::test]
async fn every_text_reaches_the_model_exactly() -> anyhow::Result<()> {
    let berth = real().start().await?;
    let mut socket = berth.socket().await?;
    let texts = [
        "[[echo]] -rf \"quotes\" 'single' `back` $(touch /tmp/never) \\ \u{2028} 👩‍👩‍👧".to_owned(),
        format!("[[echo]] {}", "가나다라 마바사 ".repeat(45_000).trim_end()),
    ];
    for text in texts {
        let (_, end) = say_and_end(&mut socket, None, &text).await?;
        let hash = Sha256::digest(text.as_bytes())
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert!(
            end["result"]
                .as_str()
                .is_some_and(|said| said.contains(&hash)),
            "{end}"
        );
    }
    berth.finish().await
}

#[tokio::test]
async fn the_models_errors_are_told_in_words() -> anyhow::Result<()> {
    let berth = real().start().await?;
    let mut socket = berth.socket().await?;
    let (accepted, _) = say_and_end(&mut socket, None, "[[fault:529*1]][[say:recovered]]").await?;
    let events = berth.checked_events(&conversation(&accepted)).await?;
    let retries = events
        .iter()
        .filter(|event| event["event"]["kind"] == "retrying")
        .count();
    assert_eq!(retries, 1);
    let (_, end) = socket.turn(None, "[[fault:401*9]]").await?;
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("failed"), &json!("model_key_refused"))
    );
    berth.finish().await
}

#[tokio::test]
async fn a_missing_image_is_named() -> anyhow::Result<()> {
    let berth = real()
        .with("--image", "berth-there-is-none:0")
        .start()
        .await?;
    let mut socket = berth.socket().await?;
    let (_, end) = socket.turn(None, "hello").await?;
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("failed"), &json!("image_missing"))
    );
    berth.finish().await
}

#[tokio::test]
async fn a_workspace_short_of_memory_is_told_of_and_survives_the_end_of_a_greedy_program()
-> anyhow::Result<()> {
    let berth = real().with("--memory-warning-mib", "400").start().await?;
    let mut socket = berth.socket().await?;
    let some =
        "[[bash:python3 -c 'import time; b = bytearray(400 << 20); time.sleep(5); print(len(b))']]";
    let (accepted, _) = say_and_end(&mut socket, None, some).await?;
    let conversation = conversation(&accepted);
    let events = berth.checked_events(&conversation).await?;
    assert!(
        events
            .iter()
            .any(|event| event["event"]["label"] == "memory_high"),
        "nobody was warned"
    );
    let too_much = "[[bash:python3 -c 'b = bytearray(4 << 30)' || echo ended with $?]]";
    let (_, end) = say_and_end(&mut socket, Some(&conversation), too_much).await?;
    assert!(
        end["result"]
            .as_str()
            .is_some_and(|said| said.contains("ended with")),
        "{end}"
    );
    berth.finish().await
}

#[tokio::test]
async fn files_go_in_and_out() -> anyhow::Result<()> {
    use reqwest::Method;
    let berth = real().start().await?;
    let put =
        |path: &'static str, body: Vec<u8>| berth.request(Method::PUT, path).body(body).send();
    let large: Vec<u8> = (0..20_000_000_u32)
        .map(|number| number.to_le_bytes()[1] ^ number.to_le_bytes()[0])
        .collect();
    assert_eq!(
        put("/api/files/data/%EB%A7%A4%EC%B6%9C.bin", large.clone())
            .await?
            .status(),
        201
    );
    let listing = berth.get("/api/files?path=data").await?;
    assert_eq!(listing["entries"][0]["name"], "매출.bin");
    assert_eq!(listing["entries"][0]["size"], large.len());
    let path = "/api/files/data/%EB%A7%A4%EC%B6%9C.bin";
    let back = berth
        .request(Method::GET, path)
        .send()
        .await?
        .bytes()
        .await?;
    assert!(back == large, "other bytes came back");
    let part = berth
        .request(Method::GET, path)
        .header("range", "bytes=1000-1999")
        .send()
        .await?;
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await?, large[1000..2000]);
    let made = berth
        .request(Method::POST, "/api/files/empty?mkdir")
        .send()
        .await?;
    assert!(made.status().is_success());
    let moved = berth
        .request(Method::POST, &format!("{path}?rename_to=empty/b.bin"))
        .send()
        .await?;
    assert!(moved.status().is_success(), "{}", moved.text().await?);
    let mut socket = berth.socket().await?;
    let (_, end) = say_and_end(
        &mut socket,
        None,
        "[[bash:wc -c empty/b.bin; ln -s /etc/shadow way-out]]",
    )
    .await?;
    assert!(
        end["result"]
            .as_str()
            .is_some_and(|said| said.starts_with("20000000")),
        "{end}"
    );
    for (path, status) in [
        ("/api/files/way-out", 400),
        ("/api/files/..%2Fetc%2Fpasswd", 400),
        ("/api/files/none", 404),
    ] {
        assert_eq!(
            berth.request(Method::GET, path).send().await?.status(),
            status,
            "{path}"
        );
    }
    let removed = berth
        .request(Method::DELETE, "/api/files/empty")
        .send()
        .await?;
    assert_eq!(removed.status(), 204);
    berth.finish().await
}
