//! The life of the process: one session, one turn after the other, until stdin ends.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::args::Args;
use crate::host::{self, config_folder, new_id};
use crate::input::{self, Input};
use crate::lines::{Lines, Summary, VERSION, control_error, control_success};
use crate::output::Output;
use crate::session::Session;
use crate::turn::{Ended, Turn};

const DEFAULT_MODEL: &str = "claude-opus-5-5";
/// Exit code after SIGTERM. Nothing is written then: a reader that has stopped reading must not delay the end.
const TERMINATED: i32 = 143;
/// Input that may wait; more stays in the pipe.
const QUEUED: usize = 64;

struct Process {
    args: Args,
    cwd: PathBuf,
    output: Output,
    lines: Lines,
    session: Session,
    inputs: mpsc::Receiver<Input>,
    waiting: VecDeque<String>,
    terminate: Signal,
    interrupt: Signal,
    results: u32,
    /// Whether the last turn failed, which is what the exit code tells.
    failed: bool,
}

/// What ended a turn from outside.
enum Stop {
    Interrupt,
    Exit(i32),
}

/// Runs until stdin ends; answers the exit code.
///
/// # Errors
/// For everything that the real CLI reports on stderr, with exit code 1.
pub(crate) async fn run(args: Args) -> Result<i32> {
    let output = Output::new(host::stdout());
    if args.version {
        output
            .raw(format!("{VERSION} (Claude Code)\n").into_bytes())
            .await;
        output.flush().await;
        return Ok(0);
    }
    let cwd = std::env::current_dir()?;
    let lines = Lines {
        session: session_id(&args)?,
        model: args
            .model
            .clone()
            .unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
    };
    let Some(session) = open_session(&args, &cwd, &lines.session)? else {
        let message = format!("No conversation found with session ID: {}", lines.session);
        output.line(&lines.unknown_session(&message)).await;
        output.flush().await;
        bail!(message);
    };
    let (sender, inputs) = mpsc::channel(QUEUED);
    tokio::spawn(input::read(host::stdin(), sender));
    let mut process = Process {
        args,
        cwd,
        output,
        lines,
        session,
        inputs,
        waiting: VecDeque::new(),
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        results: 0,
        failed: false,
    };
    let code = process.serve().await;
    if !matches!(code, Ok(TERMINATED)) {
        process.output.flush().await;
    }
    code
}

/// The id that was asked for, or a new one.
fn session_id(args: &Args) -> Result<String> {
    let asked = args.resume.as_ref().or(args.session_id.as_ref());
    let id = asked.map_or_else(|| Ok(new_id()), |id| Uuid::parse_str(id));
    let id = id.map_err(|_| anyhow!("Error: Invalid session ID. Must be a valid UUID."))?;
    Ok(id.to_string())
}

/// `None` when the session to go on with does not exist.
fn open_session(args: &Args, cwd: &Path, id: &str) -> Result<Option<Session>> {
    let config = config_folder()?;
    if args.resume.is_some() {
        Session::resume(&config, id)
    } else {
        Session::create(&config, cwd, id).map(Some)
    }
}

impl Process {
    async fn serve(&mut self) -> Result<i32> {
        loop {
            while let Some(text) = self.waiting.pop_front() {
                if let Some(code) = self.turn(&text).await? {
                    return Ok(code);
                }
            }
            tokio::select! {
                biased;
                _ = self.terminate.recv() => return Ok(TERMINATED),
                _ = self.interrupt.recv() => return Ok(0),
                input = self.inputs.recv() => match input {
                    None => return Ok(i32::from(self.failed)),
                    Some(input) => drop(self.accept(input).await?),
                },
            }
        }
    }

    /// Runs a turn to its end or its interruption; answers an exit code if the process has to end.
    async fn turn(&mut self, text: &str) -> Result<Option<i32>> {
        self.session.add_text(text)?;
        let mut turn = Turn::new(
            self.output.clone(),
            self.lines.clone(),
            self.args.partial,
            self.session.texts.clone(),
            &self.cwd,
        );
        let outcome = tokio::select! {
            ended = turn.run() => Ok(ended),
            stop = self.until_stopped() => Err(stop?),
        };
        let (ended, code) = match outcome {
            Ok(ended) => (ended, None),
            Err(Stop::Exit(TERMINATED)) => return Ok(Some(TERMINATED)),
            Err(Stop::Exit(other)) => (turn.abort().await, Some(other)),
            Err(Stop::Interrupt) => (turn.abort().await, None),
        };
        let completed = ended
            .summary
            .as_ref()
            .is_some_and(|summary| !summary.is_error);
        self.finish(ended, None).await?;
        if completed && turn.notifies() {
            self.unasked_turn().await?;
        }
        Ok(code)
    }

    /// Takes input and signals while a turn runs, until one of them ends it. The end of stdin does not.
    async fn until_stopped(&mut self) -> Result<Stop> {
        let mut open = true;
        loop {
            tokio::select! {
                biased;
                _ = self.terminate.recv() => return Ok(Stop::Exit(TERMINATED)),
                _ = self.interrupt.recv() => return Ok(Stop::Exit(0)),
                input = self.inputs.recv(), if open => match input {
                    None => open = false,
                    Some(input) => {
                        if self.accept(input).await? {
                            return Ok(Stop::Interrupt);
                        }
                    }
                },
            }
        }
    }

    /// Takes one line of input; answers whether it asks for an interrupt.
    async fn accept(&mut self, input: Input) -> Result<bool> {
        match input {
            Input::Broken(reason) => bail!(reason),
            Input::User(text) => self.waiting.push_back(text),
            Input::Control { id, request } => {
                let subtype = request["subtype"].as_str().unwrap_or_default();
                self.output.line(&answer(&id, subtype, &request)).await;
                if subtype == "set_model" {
                    request["model"]
                        .as_str()
                        .unwrap_or(DEFAULT_MODEL)
                        .clone_into(&mut self.lines.model);
                }
                return Ok(subtype == "interrupt");
            }
        }
        Ok(false)
    }

    /// Keeps what a turn has said and cost, and prints its result.
    async fn finish(&mut self, ended: Ended, origin: Option<&'static str>) -> Result<()> {
        self.session.totals.add(ended.spent);
        self.session.add_answer(&ended.text)?;
        let Some(summary) = ended.summary else {
            return Ok(());
        };
        self.failed = summary.is_error && !summary.terminal_reason.starts_with("aborted");
        let summary = Summary {
            totals: self.session.totals,
            index: self.results,
            origin,
            ..summary
        };
        self.results += 1;
        self.output.line(&self.lines.result(&summary)).await;
        Ok(())
    }

    /// What the real CLI does when a task in the background ends: a turn without a message.
    async fn unasked_turn(&mut self) -> Result<()> {
        let texts = vec!["A task in the background has ended.".to_owned()];
        let mut turn = Turn::new(
            self.output.clone(),
            self.lines.clone(),
            self.args.partial,
            texts,
            &self.cwd,
        );
        let ended = turn.run().await;
        self.finish(ended, Some("task-notification")).await
    }
}

/// The answer to a control request.
fn answer(id: &str, subtype: &str, request: &Value) -> Value {
    match subtype {
        "interrupt" => control_success(id, &json!({ "still_queued": [] })),
        "initialize" => control_success(
            id,
            &json!({ "commands": [], "agents": [], "models": [], "pid": std::process::id() }),
        ),
        "set_model" => control_success(id, &json!({ "model": request["model"] })),
        "set_permission_mode" => control_success(id, &json!({ "mode": request["mode"] })),
        "get_context_usage" | "mcp_status" => control_success(id, &json!({})),
        other => control_error(id, &format!("Unsupported control request subtype: {other}")),
    }
}
