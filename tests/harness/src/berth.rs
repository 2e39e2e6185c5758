//! The server under test.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail};
use berth_fake_model::Model;
use berth_supervisor_protocol::Client;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::{DEADLINE, Socket, leftovers, program};

/// What runs workspaces in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Plain processes: the real supervisor and a stand-in for Claude Code. Starts in milliseconds.
    Process,
    /// Docker, the workspace image and the real Claude Code; the model is scripted.
    Docker,
}

/// How the server is started.
#[derive(Debug, Clone)]
pub struct Options {
    engine: Engine,
    arguments: Vec<String>,
}

impl Options {
    /// With this engine and nothing else said.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            arguments: Vec::new(),
        }
    }

    /// Adds a flag and its value.
    #[must_use]
    pub fn with(mut self, flag: &str, value: &str) -> Self {
        self.arguments.extend([flag.to_owned(), value.to_owned()]);
        self
    }

    fn says(&self, flag: &str) -> bool {
        self.arguments.iter().any(|argument| argument == flag)
    }

    /// Starts a server on an empty data folder.
    pub async fn start(self) -> anyhow::Result<Berth> {
        let folder = tempfile::tempdir()?;
        Berth::start(self, folder.path().to_owned(), Some(folder)).await
    }

    /// Starts a server on this folder, which is the caller's to remove.
    pub async fn start_in(self, folder: &Path) -> anyhow::Result<Berth> {
        Berth::start(self, folder.to_owned(), None).await
    }
}

/// A running server with its data.
#[derive(Debug)]
pub struct Berth {
    options: Options,
    data: PathBuf,
    /// Removed with the server, where it is a temporary one.
    _folder: Option<TempDir>,
    child: Option<Child>,
    address: String,
    link: String,
    log: Arc<Mutex<String>>,
    token: String,
    /// The scripted model.
    pub model: Model,
    model_url: String,
    http: reqwest::Client,
}

impl Berth {
    async fn start(
        options: Options,
        data: PathBuf,
        folder: Option<TempDir>,
    ) -> anyhow::Result<Self> {
        // Fails only where a provider is installed already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let model = Model::new(berth_fake_model::Options::test());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let model_url = format!("http://{}", listener.local_addr()?);
        let serving = model.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        let mut berth = Self {
            options,
            data,
            _folder: folder,
            child: None,
            address: String::new(),
            link: String::new(),
            log: Arc::default(),
            token: String::new(),
            model,
            model_url,
            http: reqwest::Client::new(),
        };
        berth.restart().await?;
        berth.token = berth.token_for("local").await?;
        Ok(berth)
    }

    /// The folder that holds everything.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Starts the server on the data that is there.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let mut child = self.command().spawn().context("berth does not start")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut errors = child.stderr.take().context("no errors")?;
        let log = self.log.clone();
        tokio::spawn(async move {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut piece).await {
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&String::from_utf8_lossy(&piece[..count]));
            }
        });
        let first = tokio::time::timeout(DEADLINE, lines.next_line())
            .await
            .context("berth does not get ready")??;
        let Some(link) = first
            .as_deref()
            .and_then(|line| line.strip_prefix("ready "))
        else {
            bail!("berth ended instead of getting ready: {}", self.log());
        };
        link.clone_into(&mut self.link);
        let (address, _) = link
            .trim_start_matches("http://")
            .split_once('/')
            .unwrap_or_default();
        address.clone_into(&mut self.address);
        self.child = Some(child);
        Ok(())
    }

    /// Starts the server on the data that is there, with more flags and their values.
    pub async fn restart_with(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let more = arguments.iter().map(ToString::to_string);
        self.options.arguments.extend(more);
        self.restart().await
    }

    /// The command that starts this server.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program("berth"));
        command
            .args(["--log", "info", "up", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .args(["--model-url", &self.model_url])
            .args(["--anthropic-api-key", "the-real-key"]);
        if self.options.engine == Engine::Process {
            command
                .args(["--engine", "process", "--claude"])
                .arg(program("berth-fake-cli"));
            if !self.options.says("--supervisor") {
                command.arg("--supervisor").arg(program("berth-supervisor"));
            }
        }
        command
            .args(&self.options.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Ends the server as a power cut would.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("berth does not run")?;
        child.kill().await?;
        Ok(())
    }

    /// Asks the server to end and waits until it has.
    pub async fn terminate(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("berth does not run")?;
        let pid = i32::try_from(child.id().context("berth has ended")?)?;
        kill(Pid::from_raw(pid), Signal::SIGTERM)?;
        let status = tokio::time::timeout(DEADLINE, child.wait())
            .await
            .context("berth does not end")??;
        anyhow::ensure!(
            status.success(),
            "berth ended with {status}: {}",
            self.log()
        );
        Ok(())
    }

    pub(crate) fn engine(&self) -> Engine {
        self.options.engine
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The printed link.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server's process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }

    /// An API token for a user, who is made when there is none.
    pub async fn token_for(&self, user: &str) -> anyhow::Result<String> {
        let output = Command::new(program("berth"))
            .args(["token", "create", "--user", user, "--data"])
            .arg(self.data())
            .output()
            .await?;
        anyhow::ensure!(
            output.status.success(),
            "no token: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// A socket of the local user.
    pub async fn socket(&self) -> anyhow::Result<Socket> {
        Socket::connect(&self.address, &self.token).await
    }

    /// A socket of another user.
    pub async fn socket_of(&self, user: &str) -> anyhow::Result<Socket> {
        Socket::connect(&self.address, &self.token_for(user).await?).await
    }

    /// A request as the local user.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
            .bearer_auth(&self.token)
    }

    /// Reads JSON as the local user.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.request(reqwest::Method::GET, path).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Where the first user's files are, with plain processes.
    pub fn workspace_of_first_user(&self) -> anyhow::Result<PathBuf> {
        let users = self.data().join("workspaces/users");
        let first = std::fs::read_dir(&users)?
            .next()
            .context("no workspace yet")??;
        Ok(first.path().join("workspace"))
    }

    /// The supervisors, with plain processes: each with its number.
    pub fn supervisors(&self) -> Vec<(i32, Client)> {
        let found = leftovers::processes(self.data()).into_iter();
        found
            .filter_map(|found| Some((found.pid, Client::new(&found.sockets?))))
            .collect()
    }

    /// The command lines of everything that runs on the data folder, with plain processes.
    pub fn commands(&self) -> Vec<String> {
        let found = leftovers::processes(self.data()).into_iter();
        found.map(|found| found.command).collect()
    }

    /// Ends all supervisors as the kernel would, with plain processes.
    pub fn kill_supervisors(&self) -> anyhow::Result<()> {
        for (pid, _) in self.supervisors() {
            kill(Pid::from_raw(pid), Signal::SIGKILL)?;
        }
        Ok(())
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Before its workspaces, or it would start them again.
            let _ = child.start_kill();
        }
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "what a failed test shows")]
            {
                eprintln!("--- log of berth\n{}", self.log());
            }
        }
        leftovers::end_processes(&self.data);
        if self.options.engine == Engine::Docker {
            leftovers::remove_containers(&self.data);
        }
    }
}
