//! What agents of one user must not do to each other.

use berth_supervisor_protocol::ErrorCode;

use crate::bench::Bench;
use crate::house::{House, spec};

/// Each line is something a neighbour must not be able to do to the process VICTIM and to agent 1.
const ATTACKS: &str = r#"
import ctypes, os, socket, subprocess
victim, me = VICTIM, os.getuid()
def attempt(name, act):
    try:
        found = act()
    except OSError as error:
        found = None
    print(name, "WORKED" if found not in (None, b"", "", -1) else "refused")
def environments():
    seen = b""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{pid}").st_uid != me:
                seen += open(f"/proc/{pid}/environ", "rb").read()
        except OSError:
            pass
    return seen
libc = ctypes.CDLL(None, use_errno=True)
attempt("environ", environments)
attempt("mem", lambda: open(f"/proc/{victim}/mem", "rb"))
attempt("maps", lambda: open(f"/proc/{victim}/maps").read())
attempt("descriptors", lambda: os.listdir(f"/proc/{victim}/fd"))
attempt("folder", lambda: os.readlink(f"/proc/{victim}/cwd"))
attempt("ptrace", lambda: libc.ptrace(16, victim, 0, 0))
attempt("signal", lambda: os.kill(victim, 9) or "sent")
attempt("signal all", lambda: os.kill(1, 9) or "sent")
attempt("limits", lambda: __import__("resource").prlimit(victim, 7, (0, 0)) or "set")
attempt("home", lambda: os.listdir("/home/agents/1"))
attempt("secret at home", lambda: open("/home/agents/1/.env").read())
attempt("scratch", lambda: os.listdir("/tmp/agents/1"))
attempt("list homes", lambda: os.listdir("/home/agents"))
attempt("take a home's name", lambda: os.mkdir("/home/agents/77") or "made")
attempt("take a scratch's name", lambda: os.mkdir("/tmp/agents/77") or "made")
attempt("move a scratch", lambda: os.rename("/tmp/agents/1", "/tmp/agents/78") or "moved")
attempt("move a home", lambda: os.rename("/home/agents/1", "/home/agents/78") or "moved")
attempt("open a home", lambda: os.chmod("/home/agents/1", 0o777) or "done")
attempt("another uid", lambda: os.setuid(10001) or "done")
attempt("root's group", lambda: os.setgid(0) or "done")
for folder in ("/run/berth", "/run/berth/sockets"):
    for name in ("supervisor", "files", "gateway"):
        attempt(name, lambda: socket.socket(socket.AF_UNIX).connect(f"{folder}/{name}.sock") or "connected")
    attempt("list sockets", lambda: os.listdir(folder))
    attempt("replace a socket", lambda: os.rename(f"{folder}/files.sock", f"{folder}/gateway.sock") or "done")
    attempt("make a socket", lambda: socket.socket(socket.AF_UNIX).bind(f"{folder}/new.sock") or "done")
"#;

#[tokio::test]
async fn nobody_looks_into_an_agent_also_after_a_restart() {
    let mut house = House::open_in(Bench::with_the_chats_numbers()).await;
    let mut rounds = 0;
    for round in ["new", "restarted", "made anew"] {
        let (one, two, chat) = (house.agent(1), house.agent(2), house.chat());
        let own = house
            .says(
                &one,
                "id -u; id -gn; id -un; echo $SECRET >~/.env; cat ~/.env; touch $TMPDIR/x; stat -c %a ~ $TMPDIR .; umask",
            )
            .await;
        let expected = "10001\nclaude\nagent-1\nsecret-of-agent-00000000-0000-0000-0000-000000000001\n700\n700\n2775\n0002\n";
        assert_eq!(own, expected, "{round}");
        let victim = house.sleeper(&one, "victim").await;
        let attacks = ATTACKS.replace("VICTIM", &victim.to_string());
        for account in [&two, &chat] {
            let tried = house.python(account, &attacks).await;
            assert_eq!(tried.lines().count(), 32, "{round}: {tried}");
            assert!(
                tried.lines().all(|line| line.ends_with(" refused")),
                "{round}, {:?}: {tried}",
                account.user
            );
        }
        assert!(house.is_running("victim").await);
        house.says(&chat, "echo private >~/note").await;
        let tried = house
            .says(&one, "cat /home/claude/note; ls /home/claude")
            .await;
        assert_eq!(tried.matches("Permission denied").count(), 2, "{tried}");
        // The same attempts do work on oneself: they are no nonsense.
        let own = house.python(&one, &attacks).await;
        for works in ["mem", "maps", "home", "secret at home", "scratch", "signal"] {
            assert!(own.contains(&format!("{works} WORKED\n")), "{own}");
        }
        let kept = house.says(&one, "echo more >>~/kept; wc -l <~/kept").await;
        rounds += 1;
        assert_eq!(kept, format!("{rounds}\n"), "{round}");
        house = house.restart(round == "restarted").await;
    }
}

#[tokio::test]
async fn an_agents_places_cannot_be_prepared_by_somebody_else() {
    let house = House::open().await;
    let (one, chat) = (house.agent(1), house.chat());
    let line = format!("ln -s /home/claude {}", one.cwd);
    assert_eq!(house.says(&chat, &line).await, "");
    let refused = house
        .berth
        .client()
        .start(&spec(&one, "p", &["true"]))
        .await;
    let error = refused.expect_err("a link is no folder");
    assert_eq!(error.code(), Some(ErrorCode::StartFailed), "{error}");
    // What another agent left under a number is not taken over.
    let mut thief = spec(&house.agent(2), "thief", &["true"]);
    thief.folders = spec(&one, "p", &["true"]).folders;
    "/".clone_into(&mut thief.cwd);
    let refused = house.berth.client().start(&thief).await;
    let error = refused.expect_err("not its home");
    assert!(error.to_string().contains("somebody else"), "{error}");
}

/// Claude Code's answer to a message, as an account whose model cannot be reached.
const CLAUDE: &str = "export ANTHROPIC_BASE_URL=http://127.0.0.1:9 ANTHROPIC_AUTH_TOKEN=t CLAUDE_CODE_MAX_RETRIES=0
    echo hello | claude -p --dangerously-skip-permissions --setting-sources user --verbose --output-format stream-json
    find ~/.claude/projects -name '*.jsonl' -printf '%U %m\\n'";

#[tokio::test]
async fn claude_code_works_as_an_agent_beside_the_chats() {
    let house = House::open().await;
    // The chat first: what it leaves in /tmp must not be in an agent's way.
    for (account, uid) in [
        (house.chat(), 1000),
        (house.agent(1), 10001),
        (house.agent(2), 10002),
    ] {
        let said = house.says(&account, CLAUDE).await;
        let cwd = format!(r#""cwd":"{}""#, account.cwd);
        assert!(
            said.contains(&cwd) && said.contains(r#""type":"result""#),
            "{said}"
        );
        assert!(
            said.ends_with(&format!("\n{uid} 600\n")),
            "its session is at home: {said}"
        );
    }
}
