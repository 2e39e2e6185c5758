//! Refusals on the wire, and what can go wrong for a client.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::process::ProcessId;

/// Why the supervisor refused a request; callers branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// No such process, file or folder.
    NotFound,
    /// A regular file was needed.
    NotAFile,
    /// A folder was needed.
    NotADirectory,
    /// The path is malformed or leads outside the workspace.
    Path,
    /// Something of that name is there already.
    Exists,
    /// The user's disk, or quota, is full.
    NoSpace,
    /// The body is larger than the limit.
    TooLarge,
    /// The state changed in between: an `If-Match` that does not match, a tree that does not end.
    Conflict,
    /// It was there and is not any more: acknowledged bytes, a closed stdin, an ended process.
    Gone,
    /// A live process holds the same `exclusive` key.
    Exclusive,
    /// The operating system denied it.
    Denied,
    /// The request is malformed.
    Invalid,
    /// A byte beyond the end was asked for.
    Range,
    /// A bound of the supervisor is reached (live processes, pending stdin): try again later.
    Busy,
    /// The program could not be executed.
    StartFailed,
    /// The supervisor failed; the message says at what.
    Internal,
    /// A code this version does not know.
    #[serde(other)]
    Unknown,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The wire's spelling, so that a log shows what a capture would.
        self.serialize(out)
    }
}

/// The body of every refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    pub code: ErrorCode,
    /// For operators; never shown to users unchecked, since it may name paths.
    pub message: String,
    /// With [`ErrorCode::Exclusive`]: the live process that holds the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessId>,
}

/// Why a call had no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or it broke. The request may or may not have taken effect; every request but
    /// rename may be repeated.
    #[error("supervisor unreachable")]
    Unreachable(#[source] io::Error),
    /// The supervisor answered, and refused.
    #[error("supervisor refused ({status} {code}): {message}")]
    Refused {
        status: u16,
        code: ErrorCode,
        message: String,
        /// With [`ErrorCode::Exclusive`]: the live process that holds the key.
        process: Option<ProcessId>,
    },
    /// The answer makes no sense, or a caller's own upload stream failed.
    #[error("supervisor protocol: {0}")]
    Protocol(String),
}

/// The three things a caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Connect again, to this container or a new one.
    Retry,
    /// The request was refused; repeating it unchanged gives the same answer.
    Refused,
    /// A defect on one of the two sides.
    Defect,
}

impl ClientError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreachable(_)
            | Self::Refused {
                code: ErrorCode::Busy,
                ..
            } => ErrorKind::Retry,
            Self::Refused {
                code: ErrorCode::Internal,
                ..
            }
            | Self::Protocol(_) => ErrorKind::Defect,
            Self::Refused { .. } => ErrorKind::Refused,
        }
    }

    /// The code of a refusal; `None` when there was no answer.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Unreachable(_) | Self::Protocol(_) => None,
        }
    }

    /// Whether what was asked for does not exist, or no longer.
    pub fn is_gone(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::Gone | ErrorCode::NotFound))
    }

    /// Whether the supervisor could not be reached.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

impl From<hyper::Error> for ClientError {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse() || error.is_user() {
            Self::Protocol(error.to_string())
        } else {
            Self::Unreachable(io::Error::other(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_in_snake_case_and_unknown_ones_are_understood() {
        assert_eq!(ErrorCode::NotAFile.to_string(), "not_a_file");
        let body: ErrorBody =
            serde_json::from_str(r#"{"code":"from_the_future","message":"m"}"#).expect("a body");
        assert_eq!(body.code, ErrorCode::Unknown);
    }
}
