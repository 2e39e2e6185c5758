//! The command line and the environment of a Claude Code process.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use berth_domain::agent::is_secret_name;
use berth_domain::run_token::RunToken;
use serde_json::json;

use crate::engine::WorkspacePaths;

/// Tools of Claude Code that have no place here: schedules are Berth's, questions cannot be answered in mid-run, work
/// beyond the end of a run has no owner.
const DISALLOWED: &str = "AskUserQuestion,CronCreate,CronDelete,CronList,EnterPlanMode,EnterWorktree,ExitPlanMode,\
    ExitWorktree,Monitor,ScheduleWakeup,WebFetch,WebSearch";

/// Name of Berth's own MCP server: its tools are `mcp__berth__…` to Claude.
pub(crate) const SERVER: &str = "berth";

/// The variable that holds the process's token for [`SERVER`].
const TOKEN: &str = "BERTH_TOKEN";

/// Tokens one model call may answer with: about 24,000 English words.
const MAX_OUTPUT_TOKENS: &str = "32000";

/// Said to Claude beside its own instructions, whatever it is for.
const PLACE: &str = "You work inside Berth, in the user's own workspace, a Linux container; the working directory \
    keeps their files. The user is an office professional who does not program and sees your answer as a document with \
    pictures, tables and files shown in place: answer in their language, plainly, without talking about terminals. Save \
    charts as PNG and tables as CSV or XLSX in the working directory; they are shown by themselves, so do not embed \
    them. Python 3 with pandas, numpy, matplotlib, seaborn, scikit-learn, plotly, openpyxl, requests and beautifulsoup4 \
    is installed; install more with `pip install`. Only package registries can be reached unless the user has allowed \
    other hosts.";

/// Said in a chat.
const IN_CHAT: &str = "No question can be answered while you work: choose the sensible reading and say which you chose. \
    When the user wants something done again later or regularly (\"every Monday at eight\"), call propose_agent of the \
    server berth with a schedule: never cron, at or a loop of your own. The user then sees a card and decides; nothing is \
    saved before that, so say what you propose in a sentence or two and do not claim that it is set up.";

/// Said in a run of an agent.
const IN_RUN: &str = "This is a run of an agent that the user has saved: it runs by itself, often on a schedule, and nobody \
    is there. Never ask and never wait for an answer: choose the sensible reading and say which you chose. Only if the \
    work is impossible without the owner, call ask_owner of the server berth with one clear question, which ends the run. \
    Save what you make in the working directory, which is this agent's folder and is kept between runs; the user's other \
    files are in the folder above it. When the work is done, call publish_result once with the report, in Markdown and in \
    the language of the task, finding first: it is what the owner reads. Environment variables that the task names may \
    hold secrets: use them, and never print, save or report their values.";

/// How Claude Code is started, whichever conversation it is for.
#[derive(Debug, Clone)]
pub struct ClaudeConfig {
    /// Program and leading arguments; `["claude"]` in the workspace image.
    pub program: Vec<String>,
    /// Model to ask for; `None` leaves it to Claude Code.
    pub model: Option<String>,
    /// How often a failed model call is repeated.
    pub max_retries: u32,
    /// Added to the environment; tests use it.
    pub env: BTreeMap<String, String>,
}

impl Default for ClaudeConfig {
    fn default() -> Self {
        Self {
            program: vec!["claude".to_owned()],
            model: None,
            max_retries: 8,
            env: BTreeMap::new(),
        }
    }
}

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A conversation with a person.
    Chat,
    /// One run of an agent, which somebody may be watching.
    AgentRun,
    /// One run of an agent that nobody has just asked for: its text comes in whole blocks, not piece by piece.
    Unattended,
}

impl Purpose {
    /// Path of the MCP server that has the tools for it.
    const fn tools(self) -> &'static str {
        match self {
            Self::Chat => "mcp",
            Self::AgentRun | Self::Unattended => "mcp/agent",
        }
    }

    fn instructions(self) -> String {
        let rest = match self {
            Self::Chat => IN_CHAT,
            Self::AgentRun | Self::Unattended => IN_RUN,
        };
        format!("{PLACE} {rest}")
    }
}

/// Which session a process continues or begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// A new one of this id.
    New(String),
    /// One that has begun earlier.
    Resume(String),
}

/// Program and arguments. `model` goes before the one that is configured.
pub fn argv(
    config: &ClaudeConfig,
    session: &Session,
    purpose: Purpose,
    model: Option<&str>,
    gateway: SocketAddr,
) -> Vec<String> {
    let mut argv = config.program.clone();
    argv.extend(
        [
            "-p",
            "--input-format",
            "stream-json",
            "--output-format",
            "stream-json",
            "--verbose",
            "--dangerously-skip-permissions",
            "--strict-mcp-config",
            "--disallowedTools",
            DISALLOWED,
            "--append-system-prompt",
        ]
        .map(str::to_owned),
    );
    argv.push(purpose.instructions());
    if purpose != Purpose::Unattended {
        argv.push("--include-partial-messages".to_owned());
    }
    argv.extend(["--mcp-config".to_owned(), mcp_config(purpose, gateway)]);
    if let Some(model) = model.or(config.model.as_deref()) {
        argv.extend(["--model".to_owned(), model.to_owned()]);
    }
    let (flag, id) = match session {
        Session::New(id) => ("--session-id", id),
        Session::Resume(id) => ("--resume", id),
    };
    argv.extend([flag.to_owned(), id.clone()]);
    argv
}

/// Where Berth's own tools are. A command line can be read by others in the workspace: Claude Code puts the token in from
/// its environment, though never from its own variables.
fn mcp_config(purpose: Purpose, gateway: SocketAddr) -> String {
    json!({"mcpServers": {SERVER: {
        "type": "http",
        "url": format!("http://{gateway}/{}", purpose.tools()),
        // Listed to the model from the start: it would not look for tools it does not know of.
        "alwaysLoad": true,
        "headers": {"Authorization": format!("Bearer ${{{TOKEN}}}")},
    }}})
    .to_string()
}

/// An agent's secrets as variables of its process. Those that Berth, the shell or Claude Code give a meaning to keep their values.
pub fn add_secrets<'a>(
    env: &mut BTreeMap<String, String>,
    secrets: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    for (name, value) in secrets {
        if is_secret_name(name) && !env.contains_key(name) {
            env.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The whole environment. The only secret in it is the token, which opens nothing while no run is granted to it.
pub fn env(
    config: &ClaudeConfig,
    paths: &WorkspacePaths,
    token: &RunToken,
) -> BTreeMap<String, String> {
    let home = &paths.home;
    let gateway = format!("http://{}", paths.gateway);
    let proxy = format!("http://berth:{}@{}", token.expose(), paths.gateway);
    let mut env: BTreeMap<String, String> = [
        ("HOME", home.clone()),
        ("USER", "claude".into()),
        ("SHELL", "/bin/bash".into()),
        ("LANG", "C.UTF-8".into()),
        ("TERM", "dumb".into()),
        (
            "PATH",
            format!("{home}/.local/bin:/usr/local/bin:/usr/bin:/bin"),
        ),
        ("ANTHROPIC_BASE_URL", gateway.clone()),
        ("ANTHROPIC_AUTH_TOKEN", token.expose().to_owned()),
        (TOKEN, token.expose().to_owned()),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".into()),
        ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1".into()),
        // Claude Code asks for 128,000 by default, and a call's worst case is what a budget must reserve.
        ("CLAUDE_CODE_MAX_OUTPUT_TOKENS", MAX_OUTPUT_TOKENS.into()),
        ("CLAUDE_CODE_MAX_RETRIES", config.max_retries.to_string()),
        ("DISABLE_AUTOUPDATER", "1".into()),
        ("HTTPS_PROXY", proxy.clone()),
        ("https_proxy", proxy),
        ("NO_PROXY", "127.0.0.1,localhost".into()),
        ("no_proxy", "127.0.0.1,localhost".into()),
        ("PIP_INDEX_URL", format!("{gateway}/registry/pypi/simple/")),
        ("PIP_BREAK_SYSTEM_PACKAGES", "1".into()),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1".into()),
        ("PIP_ROOT_USER_ACTION", "ignore".into()),
        ("UV_INDEX_URL", format!("{gateway}/registry/pypi/simple/")),
        ("npm_config_registry", format!("{gateway}/registry/npm/")),
        ("NPM_CONFIG_PREFIX", format!("{home}/.local")),
        ("npm_config_update_notifier", "false".into()),
        ("MPLBACKEND", "Agg".into()),
        ("PYTHONUNBUFFERED", "1".into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    env.extend(config.env.clone());
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_variable_unless_the_name_is_taken() {
        let mut env = BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]);
        let secrets = [
            ("PATH", "/evil"),
            ("ANTHROPIC_API_KEY", "sk"),
            ("SHOP_TOKEN", "s3cret"),
        ];
        add_secrets(&mut env, secrets);
        assert_eq!(env["PATH"], "/bin");
        assert_eq!(env["SHOP_TOKEN"], "s3cret");
        assert_eq!(env.len(), 2);
    }

    #[test]
    fn the_token_is_not_on_the_command_line() {
        let argv = argv(
            &ClaudeConfig::default(),
            &Session::New("s".to_owned()),
            Purpose::AgentRun,
            Some("a-model"),
            SocketAddr::from(([127, 0, 0, 1], 4080)),
        );
        let after = |flag: &str| {
            let at = argv.iter().position(|argument| argument == flag);
            at.map(|at| argv[at + 1].as_str())
        };
        assert_eq!(after("--model"), Some("a-model"));
        let config = after("--mcp-config").expect("tools");
        assert!(
            config.contains("http://127.0.0.1:4080/mcp/agent"),
            "{config}"
        );
        assert!(config.contains("Bearer ${BERTH_TOKEN}"), "{config}");
    }

    #[test]
    fn text_comes_piece_by_piece_where_somebody_may_watch() {
        let pieces = |purpose| {
            let session = Session::New("s".to_owned());
            let gateway = SocketAddr::from(([127, 0, 0, 1], 4080));
            let argv = argv(&ClaudeConfig::default(), &session, purpose, None, gateway);
            argv.iter()
                .any(|argument| argument == "--include-partial-messages")
        };
        assert!(pieces(Purpose::Chat));
        assert!(pieces(Purpose::AgentRun));
        assert!(!pieces(Purpose::Unattended));
    }
}
