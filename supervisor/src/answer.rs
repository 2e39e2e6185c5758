//! Answers of both servers: JSON, streams, and refusals.

use std::io;

use berth_supervisor_protocol::ProcessId;
use berth_supervisor_protocol::error::{ErrorBody, ErrorCode};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use nix::errno::Errno;
use serde::Serialize;

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;
pub(crate) type Answer = Response<Body>;

/// Why a request is refused, with the status that goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: ErrorCode,
    message: String,
    process: Option<ProcessId>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            process: None,
        }
    }

    /// Names the process that is in the way.
    pub(crate) fn held_by(mut self, process: ProcessId) -> Self {
        self.process = Some(process);
        self
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.code
    }

    fn status(&self) -> StatusCode {
        match self.code {
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::NotAFile
            | ErrorCode::NotADirectory
            | ErrorCode::Path
            | ErrorCode::Invalid => StatusCode::BAD_REQUEST,
            ErrorCode::Exists | ErrorCode::Exclusive => StatusCode::CONFLICT,
            ErrorCode::Conflict => StatusCode::PRECONDITION_FAILED,
            ErrorCode::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::Gone => StatusCode::GONE,
            ErrorCode::Denied => StatusCode::FORBIDDEN,
            ErrorCode::Range => StatusCode::RANGE_NOT_SATISFIABLE,
            ErrorCode::Busy => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::StartFailed => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::Internal | ErrorCode::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn answer(self) -> Answer {
        let status = self.status();
        json(
            status,
            &ErrorBody {
                code: self.code,
                message: self.message,
                process: self.process,
            },
        )
    }
}

impl From<Errno> for Refusal {
    fn from(error: Errno) -> Self {
        let code = match error {
            Errno::ENOENT => ErrorCode::NotFound,
            Errno::ENOTDIR => ErrorCode::NotADirectory,
            Errno::EISDIR | Errno::ENXIO | Errno::ENODEV => ErrorCode::NotAFile,
            // Beneath refuses with EXDEV; a loop of links and an over-long name are the path's fault as well.
            Errno::EXDEV | Errno::ELOOP | Errno::ENAMETOOLONG | Errno::EINVAL => ErrorCode::Path,
            Errno::EEXIST | Errno::ENOTEMPTY => ErrorCode::Exists,
            Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG => ErrorCode::NoSpace,
            Errno::EACCES | Errno::EPERM | Errno::EROFS => ErrorCode::Denied,
            Errno::EAGAIN | Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::EBUSY => {
                ErrorCode::Busy
            }
            _ => ErrorCode::Internal,
        };
        Self::new(code, error.desc())
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(number) => Errno::from_raw(number).into(),
            None => Self::new(ErrorCode::Internal, error.to_string()),
        }
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(body) => bytes(status, "application/json", body.into()),
        Err(error) => Refusal::new(ErrorCode::Internal, error.to_string()).answer(),
    }
}

/// An answer that says nothing but that it was done.
pub(crate) fn done() -> Answer {
    let mut answer = Response::new(full(Bytes::new()));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

fn bytes(status: StatusCode, kind: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(full(body));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn full(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}
