//! What can go wrong, in words a person can act on, and the exit status that programs branch on.

use std::process::ExitCode;

use serde::Deserialize;

use super::{note, printable};

/// Exit status: the server refused, or a run that was followed did not end well.
const REFUSED: u8 = 1;
/// Exit status: the command line, or a file it names, cannot be used. The argument parser uses the same.
const INPUT: u8 = 2;
/// Exit status: a run that was followed ended well, but its definition of done was not met.
pub(crate) const UNPROVED: u8 = 3;
/// Exit status: no Berth answers at that address.
const UNREACHABLE: u8 = 4;
/// Exit status: the token is missing or not accepted.
const TOKEN: u8 = 5;
/// Exit status: Ctrl-C, as shells count signals.
pub(crate) const LEFT: u8 = 130;
/// Exit status: nobody reads the output any more, as shells count signals.
const PIPE: u8 = 141;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server answered with a problem document.
    Problem {
        /// What it says.
        problem: Box<Problem>,
        /// The document as it came, when the caller is a program.
        raw: Option<String>,
    },
    /// Nothing answers.
    Unreachable {
        /// The address.
        server: String,
        /// What the connection said.
        cause: String,
    },
    /// Something answers that is not Berth, or another version of it.
    Foreign {
        /// The address.
        server: String,
        /// What was unexpected.
        cause: String,
    },
    /// The command line or a file cannot be used.
    Input(String),
    /// The answer cannot be written.
    Output(std::io::Error),
}

/// An RFC 9457 problem document.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    pub(crate) title: String,
    pub(crate) status: u16,
    pub(crate) detail: String,
    pub(crate) code: String,
    #[serde(default)]
    errors: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    field: String,
    message: String,
}

impl Failure {
    /// Says it on standard error.
    pub(crate) fn tell(&self) {
        let text = self.text();
        if !text.is_empty() {
            note(&text);
        }
    }

    /// What programs branch on.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Problem { problem, .. } if problem.status == 401 => TOKEN,
            Self::Problem { .. } => REFUSED,
            Self::Unreachable { .. } | Self::Foreign { .. } => UNREACHABLE,
            Self::Input(_) => INPUT,
            Self::Output(_) => PIPE,
        })
    }

    /// Whether the same request may do better a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Problem { problem, .. } => problem.status >= 500 || problem.status == 429,
            Self::Unreachable { .. } => true,
            Self::Foreign { .. } | Self::Input(_) | Self::Output(_) => false,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Problem { raw: Some(raw), .. } => raw.clone(),
            Self::Problem { problem, raw: None } => problem.text(),
            Self::Unreachable { server, cause } => format!(
                "error: nothing answers at {server} ({cause}).\n\
                 Start Berth on this machine with `berth up`, or name another server with --server or BERTH_SERVER."
            ),
            Self::Foreign { server, cause } => format!(
                "error: what answers at {server} does not look like Berth: {cause}.\n\
                 Check --server or BERTH_SERVER, and that program and server are of the same version."
            ),
            Self::Input(text) => format!("error: {text}"),
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => String::new(),
            Self::Output(error) => format!("error: the answer cannot be written: {error}"),
        }
    }
}

impl Problem {
    fn text(&self) -> String {
        let mut text = format!("error: {}", printable(&self.detail));
        for Field { field, message } in &self.errors {
            text.push_str("\n  ");
            text.push_str(&printable(&format!("{field}: {message}")));
        }
        if self.status == 401 {
            text.push_str(
                "\nMake a token where the server runs with `berth token create`, and give it as BERTH_TOKEN or --token-file.",
            );
        }
        let (title, code) = (printable(&self.title), printable(&self.code));
        text + &format!("\n({} {title}, {code})", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16) -> Failure {
        let text = format!(
            r#"{{"type":"about:blank","title":"Bad Request","status":{status},"detail":"Some entries cannot be saved.","code":"agent.invalid",
                "errors":[{{"field":"done/0/path","code":"malformed","message":"Write a file."}}]}}"#
        );
        Failure::Problem {
            problem: Box::new(serde_json::from_str(&text).unwrap()),
            raw: None,
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_fields_and_its_code() {
        let text = problem(400).text();
        assert_eq!(
            text,
            "error: Some entries cannot be saved.\n  done/0/path: Write a file.\n(400 Bad Request, agent.invalid)"
        );
        assert!(problem(401).text().contains("berth token create"));
    }

    #[test]
    fn what_may_pass_is_told_from_what_stays() {
        assert!(problem(503).is_passing());
        assert!(problem(429).is_passing());
        assert!(!problem(404).is_passing());
    }
}
