//! Starts the stand-in as the runner starts the real CLI, and reads what it prints.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A home and a working directory.
pub(crate) struct World {
    folder: TempDir,
}

/// A running process. Killed when dropped.
pub(crate) struct Cli {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Cli {
        let mut child = Command::new(env!("CARGO_BIN_EXE_berth-fake-cli"))
            .args([
                "-p",
                "--input-format",
                "stream-json",
                "--output-format",
                "stream-json",
            ])
            .args([
                "--verbose",
                "--include-partial-messages",
                "--dangerously-skip-permissions",
            ])
            .args(arguments)
            .current_dir(self.path())
            .env("CLAUDE_CONFIG_DIR", self.path().join("config"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the stand-in starts");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().map(BufReader::new);
        Cli {
            child,
            stdin,
            stdout,
        }
    }
}

impl Cli {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn write(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        writeln!(stdin, "{line}").expect("the process reads");
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.write(
            &json!({ "type": "user", "message": { "role": "user", "content": text } }).to_string(),
        );
    }

    pub(crate) fn control(&mut self, request: &Value) {
        self.write(
            &json!({ "type": "control_request", "request_id": "r1", "request": request })
                .to_string(),
        );
    }

    /// The next line of stdout, JSON or not; empty at the end.
    pub(crate) fn raw_line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let stdout = self.stdout.as_mut().expect("stdout is open");
        stdout.read_until(b'\n', &mut line).expect("stdout");
        line
    }

    /// The lines up to and including the first of which `is_last` is true.
    pub(crate) fn until(&mut self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut lines = Vec::new();
        loop {
            let line = self.raw_line();
            assert!(!line.is_empty(), "stdout ended after {lines:#?}");
            lines.push(serde_json::from_slice(&line).expect("JSON"));
            if is_last(&lines[lines.len() - 1]) {
                return lines;
            }
        }
    }

    /// The lines of a turn, its result last.
    pub(crate) fn turn(&mut self) -> Vec<Value> {
        self.until(|line| line["type"] == "result")
    }

    pub(crate) fn result(&mut self) -> Value {
        self.turn().pop().expect("a result")
    }

    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Closes stdin and waits for the end.
    pub(crate) fn finish(mut self) -> (ExitStatus, String) {
        drop(self.stdin.take());
        let status = self.child.wait().expect("the process ends");
        let mut stderr = String::new();
        if let Some(pipe) = self.child.stderr.take() {
            stderr = std::io::read_to_string(pipe).expect("stderr");
        }
        (status, stderr)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("it ends");
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.id().to_string()])
            .status();
        assert!(status.expect("kill runs").success());
    }
}

impl Drop for Cli {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the lines are, in short: `assistant:text`, `stream:message_start`, `system:init`, …
pub(crate) fn shape(lines: &[Value]) -> Vec<String> {
    let short = |line: &Value| {
        let kind = line["type"].as_str().unwrap_or_default().to_owned();
        let detail = match kind.as_str() {
            "stream_event" => &line["event"]["type"],
            "assistant" | "user" => &line["message"]["content"][0]["type"],
            _ => &line["subtype"],
        };
        format!("{kind}:{}", detail.as_str().unwrap_or_default())
    };
    let mut shape: Vec<String> = lines.iter().map(short).collect();
    shape.dedup();
    shape
}
