//! One turn: carries out what a message orders. May be dropped at any await; [`Turn::abort`] then ends it in order.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::directives::{Directives, Step};
use crate::host::{nanoseconds, variable};
use crate::lines::{Lines, Summary};
use crate::message::Messages;
use crate::output::Output;
use crate::totals::{Totals, tokens};

/// How often a gate looks for its file. Watching the folder would cost more than it saves.
const GATE_POLL: Duration = Duration::from_millis(2);
/// When a gate opens by itself, so that a test that died leaves no process behind.
const GATE_LIMIT: Duration = Duration::from_mins(10);
/// A tool that runs longer than this is announced as a task.
const TASK_AFTER: Duration = Duration::from_secs(2);

/// A turn under way.
#[derive(Debug)]
pub(crate) struct Turn {
    output: Output,
    lines: Lines,
    directives: Directives,
    /// The user's texts of the session, this turn's last.
    texts: Vec<String>,
    cwd: PathBuf,
    messages: Messages,
    started: Instant,
}

/// How a turn ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The result, without what the process adds; absent when the line is to be missing.
    pub(crate) summary: Option<Summary>,
    pub(crate) text: String,
    pub(crate) spent: Totals,
}

impl Turn {
    pub(crate) fn new(
        output: Output,
        lines: Lines,
        partial: bool,
        texts: Vec<String>,
        cwd: &Path,
    ) -> Self {
        Self {
            directives: Directives::read(texts.last().map_or("", String::as_str)),
            messages: Messages::new(output.clone(), lines.clone(), partial),
            output,
            lines,
            texts,
            cwd: cwd.to_owned(),
            started: Instant::now(),
        }
    }

    /// Whether a turn that nobody asked for follows.
    pub(crate) fn notifies(&self) -> bool {
        self.directives.notify
    }

    /// Runs to the end.
    pub(crate) async fn run(&mut self) -> Ended {
        self.output.line(&self.lines.init(&self.cwd)).await;
        for attempt in 1..=self.directives.api_retries {
            self.output.line(&self.lines.api_retry(attempt, 10)).await;
        }
        self.start().await;
        for step in self.directives.steps.clone() {
            self.step(step).await;
        }
        if self.messages.text.is_empty() {
            let text = self.closing_words();
            self.say(&text).await;
        }
        self.messages.end().await;
        let reason = self.directives.error.clone();
        self.ended(reason.as_deref().unwrap_or("completed"), Some("end_turn"))
    }

    /// Ends a turn that was interrupted.
    pub(crate) async fn abort(&mut self) -> Ended {
        let reason = self.messages.abort().await;
        self.ended(reason, None)
    }

    fn ended(&self, reason: &str, stop_reason: Option<&'static str>) -> Ended {
        let elapsed = u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let spent = Totals {
            api_ms: elapsed,
            ..self.messages.spent
        };
        let text = self.messages.text.clone();
        let summary = Summary {
            terminal_reason: reason.to_owned(),
            is_error: reason != "completed",
            text: Some(text.clone()),
            stop_reason,
            num_turns: self.messages.count,
            duration_ms: elapsed,
            spent,
            ..Summary::default()
        };
        Ended {
            summary: (!self.directives.no_result).then_some(summary),
            text,
            spent,
        }
    }

    async fn start(&mut self) {
        let said: u32 = self.texts.iter().map(|text| tokens(text)).sum();
        self.messages.start(said).await;
    }

    /// Said when no step has said anything: the text itself if it orders nothing.
    fn closing_words(&self) -> String {
        let text = self.texts.last().map_or("", String::as_str);
        if self.directives == Directives::default() {
            format!("You said: {text}")
        } else {
            "Done.".to_owned()
        }
    }

    async fn say(&mut self, text: &str) {
        for word in text.split_inclusive(' ') {
            self.messages.say(word).await;
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Sleep(time) => tokio::time::sleep(time).await,
            Step::Gate(path) => self.gate(&path).await,
            Step::Deltas(count, pause) => self.deltas(count, pause).await,
            Step::Recall => {
                let earlier = json!(self.texts[..self.texts.len() - 1]);
                self.say(&earlier.to_string()).await;
            }
            Step::Tool(time) => self.tool(time).await,
            Step::File { path, content } => self.file(&path, &content).await,
            Step::Call { tool, input } => {
                let id = self.messages.call(&tool, &input).await;
                self.tool_result(&id, "done", &json!("done")).await;
            }
            Step::Env(name) => {
                let value = variable(&name).unwrap_or_else(|| "unset".to_owned());
                self.say(&format!("{name}={value}")).await;
            }
            Step::Clock => self.say(&format!("at {} ", nanoseconds())).await,
            Step::Line(bytes) => self.long_line(bytes).await,
            Step::Drop => {
                self.messages.say("This is aban").await;
                self.messages.drop_and_retry().await;
            }
            Step::Garbage => {
                self.output
                    .raw(
                        b"this is not JSON\n{\"type\":\n\xff\xfe\n[]\n{\"no\":\"type\"}\n\n"
                            .to_vec(),
                    )
                    .await;
            }
            Step::Endless { lines } => self.endless(lines).await,
            Step::Child => child(),
            Step::Die(code) => {
                self.messages.say("I am about to ").await;
                self.output.flush().await;
                std::process::exit(code);
            }
        }
    }

    async fn gate(&mut self, path: &str) {
        let path = self.cwd.join(path);
        let opened = async {
            while !path.exists() {
                tokio::time::sleep(GATE_POLL).await;
            }
        };
        drop(tokio::time::timeout(GATE_LIMIT, opened).await);
    }

    async fn deltas(&mut self, count: u32, pause: Duration) {
        for n in 1..=count {
            self.messages.say(&format!("word{n} ")).await;
            tokio::time::sleep(pause).await;
        }
    }

    async fn tool(&mut self, time: Duration) {
        let command = format!(
            "python3 -c 'import time; time.sleep({})'",
            time.as_secs_f64()
        );
        let id = self
            .messages
            .call(
                "Bash",
                &json!({ "command": command, "description": "Take some time" }),
            )
            .await;
        tokio::time::sleep(time.min(TASK_AFTER)).await;
        if time > TASK_AFTER {
            let task = json!({
                "task_id": "b0",
                "tool_use_id": id,
                "description": "Take some time",
                "is_backgrounded": false,
                "task_type": "local_bash",
            });
            self.output
                .line(&self.lines.system("task_started", task))
                .await;
            tokio::time::sleep(time.saturating_sub(TASK_AFTER)).await;
        }
        self.tool_result(&id, "done", &bash_result("done")).await;
    }

    async fn file(&mut self, path: &str, content: &str) {
        let path = self.cwd.join(path);
        let id = self
            .messages
            .call("Write", &json!({ "file_path": path, "content": content }))
            .await;
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, content));
        let text = match written {
            Ok(()) => format!("File created successfully at: {}", path.display()),
            Err(error) => format!("Error: {error}"),
        };
        let result = json!({ "type": "create", "filePath": path, "content": content, "structuredPatch": [] });
        self.tool_result(&id, &text, &result).await;
    }

    /// A tool result whose line is exactly that long, without its line break.
    async fn long_line(&mut self, bytes: usize) {
        let id = self
            .messages
            .call(
                "Bash",
                &json!({ "command": "cat big.txt", "description": "Print a lot" }),
            )
            .await;
        let line = |text: &str| {
            let block = json!({ "tool_use_id": id, "type": "tool_result", "content": text, "is_error": false });
            self.lines
                .user(&block, json!({ "tool_use_result": bash_result("") }))
        };
        let filler = "x".repeat(bytes.saturating_sub(line("").to_string().len()));
        self.output.line(&line(&filler)).await;
        self.start().await;
    }

    /// Prints until nobody reads, the process is ended, or the turn is interrupted.
    async fn endless(&mut self, lines: bool) {
        loop {
            if lines {
                self.output
                    .line(
                        &self
                            .lines
                            .system("status", json!({ "status": "requesting" })),
                    )
                    .await;
            } else {
                self.output.raw(vec![b'x'; 64 * 1024]).await;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Prints a tool's result and starts the message that follows it.
    async fn tool_result(&mut self, id: &str, text: &str, result: &Value) {
        let block =
            json!({ "tool_use_id": id, "type": "tool_result", "content": text, "is_error": false });
        self.output
            .line(
                &self
                    .lines
                    .user(&block, json!({ "tool_use_result": result })),
            )
            .await;
        self.start().await;
    }
}

fn bash_result(stdout: &str) -> Value {
    json!({ "stdout": stdout, "stderr": "", "interrupted": false, "isImage": false, "noOutputExpected": false })
}

/// Leaves a process behind, as tools of the real CLI do: out of reach of a signal to the group, deaf to SIGTERM.
fn child() {
    let script = "trap '' TERM HUP INT; while :; do sleep 60; done";
    // A machine without setsid has no such child: the test that wants one fails at looking for it.
    drop(
        Command::new("setsid")
            .args(["sh", "-c", script])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn(),
    );
}
