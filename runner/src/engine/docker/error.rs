//! What Docker's errors mean for us.

use bollard::errors::Error;

use crate::engine::{EngineError, EngineErrorKind};

/// Docker's error with what caused it: the client's own text leaves that out.
#[derive(Debug)]
pub(super) struct DockerError(pub(super) Error);

impl std::fmt::Display for DockerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = std::error::Error::source(&self.0);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for DockerError {}

/// Whether Docker answered with this status.
pub(super) fn is_status(error: &Error, status: u16) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code, .. } if *status_code == status)
}

pub(super) fn map(operation: &'static str, error: Error) -> EngineError {
    let kind = match &error {
        Error::DockerResponseServerError { message, .. } => kind_of_answer(message),
        Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => EngineErrorKind::StartFailed,
        // Everything else happens on the way to Docker or back.
        _ => EngineErrorKind::EngineDown,
    };
    EngineError::new(kind, operation, DockerError(error))
}

/// Docker has one status, 500, for most of its troubles; the text tells them apart.
fn kind_of_answer(message: &str) -> EngineErrorKind {
    let message = message.to_ascii_lowercase();
    if message.contains("no space left on device") || message.contains("disk quota exceeded") {
        EngineErrorKind::NoSpace
    } else if message.contains("no such image") {
        EngineErrorKind::ImageMissing
    } else {
        EngineErrorKind::StartFailed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status_code: u16, message: &str) -> EngineErrorKind {
        let message = message.to_owned();
        map(
            "test",
            Error::DockerResponseServerError {
                status_code,
                message,
            },
        )
        .kind
    }

    #[test]
    fn answers_are_told_from_silence() {
        let full = "mkdir /var/lib/docker/overlay2/x: No space left on device";
        assert_eq!(answer(500, full), EngineErrorKind::NoSpace);
        assert_eq!(
            answer(404, "No such image: x"),
            EngineErrorKind::ImageMissing
        );
        assert_eq!(answer(400, "unknown runtime"), EngineErrorKind::StartFailed);
        let silent = map("test", Error::RequestTimeoutError);
        assert_eq!(silent.kind, EngineErrorKind::EngineDown);
        let absent = map("test", Error::SocketNotFoundError("/x".to_owned()));
        assert_eq!(absent.kind, EngineErrorKind::EngineDown);
    }
}
