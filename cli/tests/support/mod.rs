//! The built program as a person or a script runs it.

use std::process::Output;

use tokio::process::Command;

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) status: i32,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
            status: output.status.code().expect("an end without a signal"),
        }
    }
}

/// The program, with a clock in Seoul and nothing of the developer's own settings.
pub(crate) fn berth(server: &str, token: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    command
        .args(arguments)
        .env_clear()
        .env("TZ", "Asia/Seoul")
        .env("BERTH_SERVER", server)
        .env("BERTH_TOKEN", token)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs it to its end.
pub(crate) async fn say(server: &str, token: &str, arguments: &[&str]) -> Said {
    let output = berth(server, token, arguments).output().await;
    output.expect("berth starts").into()
}
