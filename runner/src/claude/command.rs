//! The command line and the environment of a Claude Code process.

use std::collections::BTreeMap;

use berth_domain::run_token::RunToken;

use crate::engine::WorkspacePaths;

/// Tools of Claude Code that have no place here: schedules are Berth's, questions cannot be answered in mid-run, work
/// beyond the end of a run has no owner.
const DISALLOWED: &str = "AskUserQuestion,CronCreate,CronDelete,CronList,EnterPlanMode,EnterWorktree,ExitPlanMode,\
    ExitWorktree,Monitor,ScheduleWakeup,WebFetch,WebSearch";

/// Tokens one model call may answer with: about 24,000 English words.
const MAX_OUTPUT_TOKENS: &str = "32000";

/// Said to Claude beside its own instructions.
const INSTRUCTIONS: &str = "You work inside Berth, in the user's own workspace, a Linux container; the working directory \
    keeps their files. The user is an office professional who does not program and sees your answer as a document with \
    pictures, tables and files shown in place: answer in their language, plainly, without talking about terminals. Save \
    charts as PNG and tables as CSV or XLSX in the working directory; they are shown by themselves, so do not embed \
    them. Python 3 with pandas, numpy, matplotlib, seaborn, scikit-learn, plotly, openpyxl, requests and beautifulsoup4 \
    is installed; install more with `pip install`. Only package registries can be reached unless the user has allowed \
    other hosts. No question can be answered while you work: choose the sensible reading and say which you chose.";

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

/// Which session a process continues or begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// A new one of this id.
    New(String),
    /// One that has begun earlier.
    Resume(String),
}

/// Program and arguments.
pub fn argv(config: &ClaudeConfig, session: &Session) -> Vec<String> {
    let mut argv = config.program.clone();
    argv.extend(
        [
            "-p",
            "--input-format",
            "stream-json",
            "--output-format",
            "stream-json",
            "--verbose",
            "--include-partial-messages",
            "--dangerously-skip-permissions",
            "--strict-mcp-config",
            "--disallowedTools",
            DISALLOWED,
            "--append-system-prompt",
            INSTRUCTIONS,
        ]
        .map(str::to_owned),
    );
    if let Some(model) = &config.model {
        argv.extend(["--model".to_owned(), model.clone()]);
    }
    let (flag, id) = match session {
        Session::New(id) => ("--session-id", id),
        Session::Resume(id) => ("--resume", id),
    };
    argv.extend([flag.to_owned(), id.clone()]);
    argv
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
