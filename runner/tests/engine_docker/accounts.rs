//! What agents of one user share, and what they do not.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::AgentId;
use berth_domain::ports::workspaces::{ByteStream, Workspaces as _};
use berth_runner::engine::{DockerEngine, Engine as _};
use berth_runner::workspace::{Account, AgentSeat, Berth, Workspaces, WorkspacesConfig};
use berth_supervisor_protocol::process::{Signal, SignalTarget};
use berth_supervisor_protocol::{ErrorCode, ProcessId, ProcessSpec};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;
use uuid::Uuid;

use crate::bench::{Bench, needed};
use crate::support::{MovedClock, OpenGateways};

/// A user's container with two agents and the chat.
struct House {
    bench: Bench,
    engine: Arc<DockerEngine>,
    workspaces: Workspaces,
    berth: Berth,
}

impl House {
    async fn open() -> Self {
        let bench = Bench::new();
        let engine = Arc::new(bench.engine());
        let workspaces = Workspaces::new(
            engine.clone(),
            Arc::new(OpenGateways::default()),
            Arc::new(MovedClock::default()),
            WorkspacesConfig::default(),
        );
        let berth = workspaces.acquire(bench.user).await.expect("a berth");
        Self {
            bench,
            engine,
            workspaces,
            berth,
        }
    }

    /// Stops the container and starts it again.
    async fn restart(mut self) -> Self {
        needed(self.engine.stop(self.bench.user).await);
        self.berth.lost();
        self.berth = self.workspaces.acquire(self.bench.user).await.expect("up");
        self
    }

    fn agent(&self, number: u32) -> Account {
        let id = AgentId(Uuid::from_u128(u128::from(number)));
        self.berth.account(Some(AgentSeat { id, number }))
    }

    fn chat(&self) -> Account {
        self.berth.account(None)
    }

    async fn start(&self, account: &Account, id: &str, argv: &[&str]) -> ProcessSpec {
        let spec = spec(account, id, argv);
        self.berth.client().start(&spec).await.expect("a process");
        spec
    }

    /// What a Bash script prints, errors among it.
    async fn says(&self, account: &Account, script: &str) -> String {
        let id = format!("says-{}", script.len());
        let script = format!("exec 2>&1\n{script}");
        self.whole(account, &id, &["/bin/bash", "-c", &script])
            .await
    }

    async fn python(&self, account: &Account, code: &str) -> String {
        self.whole(account, "python", &["python3", "-c", code])
            .await
    }

    async fn whole(&self, account: &Account, id: &str, argv: &[&str]) -> String {
        let spec = self.start(account, id, argv).await;
        let client = self.berth.client();
        let stdout = client.stdout(&spec.id, 0).await.expect("its output");
        let text = stdout.read_whole(1 << 20).await.expect("all of it");
        let text = String::from_utf8(text.into()).expect("text");
        let ended = client.wait(&spec.id).await.expect("an answer");
        let stderr = ended.expect("kept").stderr_tail;
        client.remove(&spec.id).await.expect("removed");
        text + &stderr
    }

    /// A process that waits, and its number.
    async fn sleeper(&self, account: &Account, id: &str) -> i32 {
        let spec = spec(account, id, &["sleep", "600"]);
        let started = self.berth.client().start(&spec).await.expect("a process");
        started.process.pid
    }

    async fn is_running(&self, id: &str) -> bool {
        let id = ProcessId::new(id).expect("an id");
        let process = self.berth.client().process(&id).await.expect("an answer");
        process.is_some_and(|process| process.is_running())
    }

    async fn read(&self, path: &str) -> String {
        let file = self.workspaces.read(self.bench.user, path, None).await;
        let bytes: Vec<Bytes> = file
            .expect("a file")
            .bytes
            .try_collect()
            .await
            .expect("all of it");
        String::from_utf8(bytes.concat()).expect("text")
    }

    async fn write(&self, path: &str, text: &'static str) {
        let body: ByteStream = stream::iter([Ok(Bytes::from(text))]).boxed();
        let written = self
            .workspaces
            .write(self.bench.user, path, None, body)
            .await;
        written.expect("written");
    }
}

fn spec(account: &Account, id: &str, argv: &[&str]) -> ProcessSpec {
    let id = ProcessId::new(id).expect("an id");
    let mut spec = ProcessSpec::new(id, argv.iter().copied());
    let (path, home) = ("/usr/local/bin:/usr/bin:/bin", &account.paths.home);
    spec.env.insert("PATH".to_owned(), path.to_owned());
    spec.env.insert("HOME".to_owned(), home.clone());
    let secret = format!("secret-of-{}", account.folder);
    spec.env.insert("SECRET".to_owned(), secret);
    account.put_into(&mut spec);
    spec
}

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
attempt("move a home", lambda: os.rename("/home/agents/1", "/home/agents/78") or "moved")
attempt("open a home", lambda: os.chmod("/home/agents/1", 0o777) or "done")
attempt("another uid", lambda: os.setuid(10001) or "done")
attempt("root's group", lambda: os.setgid(0) or "done")
for name in ("supervisor", "files", "gateway"):
    attempt(name, lambda: socket.socket(socket.AF_UNIX).connect(f"/run/berth/{name}.sock") or "connected")
attempt("sockets", lambda: os.listdir("/run/berth"))
"#;

#[tokio::test]
async fn nobody_looks_into_an_agent_also_after_a_restart() {
    let mut house = House::open().await;
    for round in ["new", "restarted"] {
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
            assert_eq!(tried.lines().count(), 22, "{round}: {tried}");
            assert!(
                tried.lines().all(|line| line.ends_with(" refused")),
                "{round}, {:?}: {tried}",
                account.user
            );
        }
        assert!(house.is_running("victim").await);
        // The same attempts do work on oneself: they are no nonsense.
        let own = house.python(&one, &attacks).await;
        for works in ["mem", "maps", "home", "secret at home", "scratch", "signal"] {
            assert!(own.contains(&format!("{works} WORKED\n")), "{own}");
        }
        house = house.restart().await;
    }
}

#[tokio::test]
async fn files_in_the_workspace_are_everybodys() {
    let house = House::open().await;
    let (one, two, chat) = (house.agent(1), house.agent(2), house.chat());
    house.write("before/data.csv", "from the user\n").await;
    house.says(&chat, "echo from the chat >chat.txt").await;
    let report = format!("{}/report.csv", one.cwd);
    let line = format!(
        "cat ../before/data.csv ../chat.txt >{report}; echo one >>../chat.txt; rm -r ../before"
    );
    assert_eq!(house.says(&one, &line).await, "");
    let line = format!("echo two >>{report}; cat {report} ../chat.txt");
    let seen = house.says(&two, &line).await;
    let expected = "from the user\nfrom the chat\ntwo\nfrom the chat\none\n";
    assert_eq!(seen, expected);
    assert_eq!(
        house.says(&chat, "cat chat.txt").await,
        "from the chat\none\n"
    );
    let path = format!("{}/report.csv", one.folder);
    assert!(house.read(&path).await.ends_with("two\n"));
}

#[tokio::test]
async fn the_user_reads_changes_and_deletes_what_an_agent_closed() {
    let house = House::open().await;
    let one = house.agent(1);
    let made = "umask 077; mkdir -p closed/in/deep; echo 1 >closed/in/deep/a.txt; chmod 400 closed/in/deep/a.txt
        cp closed/in/deep/a.txt b.txt; chmod 500 closed/in; ln -s closed/in link
        mkdir -m 1755 sticky; touch sticky/c; mkdir -p archive/x; touch archive/x/y; chmod -R 500 archive";
    assert_eq!(house.says(&one, made).await, "");
    let (files, user, top) = (&house.workspaces, house.bench.user, &one.folder);

    let listed = files.list(user, &format!("{top}/closed/in")).await;
    assert_eq!(listed.expect("a listing").entries[0].name, "deep");
    assert_eq!(
        house.read(&format!("{top}/closed/in/deep/a.txt")).await,
        "1\n"
    );
    assert_eq!(house.read(&format!("{top}/b.txt")).await, "1\n");
    house.write(&format!("{top}/b.txt"), "2\n").await;
    house.write(&format!("{top}/sticky/new/d.txt"), "3\n").await;
    let (from, to) = (format!("{top}/archive/x"), format!("{top}/moved"));
    files.rename(user, &from, &to).await.expect("moved");
    // The agent goes on with what the user wrote.
    let seen = house.says(
        &one,
        "cat b.txt sticky/new/d.txt; echo 4 >>b.txt; tail -n 1 b.txt; rm sticky/new/d.txt",
    );
    assert_eq!(seen.await, "2\n3\n4\n");
    house
        .says(
            &one,
            "mkdir -p again/x/y; touch again/x/y/z; chmod -R 500 again; chmod 0 again/x/y",
        )
        .await;
    for name in [
        "closed", "sticky", "archive", "moved", "again", "b.txt", "link",
    ] {
        let removed = files.remove(user, &format!("{top}/{name}")).await;
        removed.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    let left = files.list(user, top).await.expect("a listing").entries;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn changed_files_are_found_where_an_agent_closed_its_folders() {
    let house = House::open().await;
    let one = house.agent(1);
    house
        .says(
            &one,
            "mkdir -m 700 out; echo 1 >out/result.csv; mkdir -m 700 empty",
        )
        .await;
    let client = house.berth.client();
    let changed = client
        .changed(0, 10, Some(&one.folder))
        .await
        .expect("a list");
    let paths: Vec<_> = changed.entries.iter().map(|entry| &entry.path).collect();
    assert_eq!(paths, [&format!("{}/out/result.csv", one.folder)]);
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
    let refused = house.berth.client().start(&thief).await;
    assert_eq!(
        refused.expect_err("not its home").code(),
        Some(ErrorCode::StartFailed)
    );
}

/// Deaf to TERM, in sessions of its own, forked twice, and forking on.
const HYDRA: &str = "
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() > 0: os._exit(0)
        while True:
            if os.fork() > 0: os._exit(0)
            os.setsid()
if os.fork() == 0:
    os.setsid()
    time.sleep(600)
print('ready', flush=True)
time.sleep(600)
";

#[tokio::test]
async fn everything_an_agent_started_ends_within_five_seconds_and_nothing_else() {
    let house = House::open().await;
    let (one, two) = (house.agent(1), house.agent(2));
    house.sleeper(&two, "neighbour").await;
    let client = house.berth.client();
    for way in ["remove", "end"] {
        let spec = house.start(&one, "hydra", &["python3", "-c", HYDRA]).await;
        let mut stdout = client.stdout(&spec.id, 0).await.expect("its output");
        stdout.next().await.expect("ready").expect("bytes");
        let asked = client
            .signal(&spec.id, Signal::Term, SignalTarget::Tree)
            .await;
        asked.expect("asked to end");
        let began = Instant::now();
        if way == "remove" {
            client.remove(&spec.id).await.expect("removed");
        } else {
            house.sleeper(&one, "another").await;
            one.end(client).await.expect("ended");
        }
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{way}: {took:?}");
        let left = house
            .says(&two, "grep -l '^Uid:.10001' /proc/[0-9]*/status")
            .await;
        assert_eq!(left, "", "{way}");
        assert!(house.is_running("neighbour").await, "{way}");
    }
    assert!(!house.is_running("another").await);
}

#[tokio::test]
async fn what_an_agent_had_of_its_own_can_be_deleted() {
    let house = House::open().await;
    let one = house.agent(1);
    let line = "mkdir -p ~/.cache/x; touch ~/.cache/x/y $TMPDIR/z kept; chmod -R 500 ~/.cache";
    assert_eq!(house.says(&one, line).await, "");
    one.end(house.berth.client()).await.expect("ended");
    one.clear(house.berth.client()).await.expect("cleared");
    let left = house.says(&one, "ls -A ~ $TMPDIR | grep -v :; ls").await;
    assert_eq!(left.trim(), "kept");
}
