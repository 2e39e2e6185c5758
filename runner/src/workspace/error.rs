//! Errors of engines, supervisors and the gateway, as the port says them.

use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use berth_supervisor_protocol::{ClientError, ErrorCode};

use crate::engine::{EngineError, EngineErrorKind};

/// Why a start failed, for each of those who waited for it.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    kind: WorkspaceErrorKind,
    operation: &'static str,
    detail: String,
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        Self {
            kind: error.kind,
            operation: error.operation,
            detail: error.detail,
        }
    }
}

impl From<Failure> for WorkspaceError {
    fn from(failure: Failure) -> Self {
        Self {
            kind: failure.kind,
            operation: failure.operation,
            detail: failure.detail,
        }
    }
}

/// The workspace did not start, or stopped in the middle.
pub(super) fn unavailable(
    operation: &'static str,
    error: &(dyn std::error::Error + 'static),
) -> WorkspaceError {
    WorkspaceError {
        kind: WorkspaceErrorKind::Unavailable,
        operation,
        detail: chain(error),
    }
}

pub(super) fn engine(error: &EngineError) -> WorkspaceError {
    let kind = match error.kind {
        EngineErrorKind::EngineDown => WorkspaceErrorKind::EngineDown,
        EngineErrorKind::ImageMissing => WorkspaceErrorKind::ImageMissing,
        EngineErrorKind::StartFailed => WorkspaceErrorKind::Unavailable,
        EngineErrorKind::NoSpace => WorkspaceErrorKind::NoSpace,
    };
    WorkspaceError {
        kind,
        operation: "start workspace",
        detail: chain(error),
    }
}

pub(super) fn client(operation: &'static str, error: &ClientError) -> WorkspaceError {
    WorkspaceError {
        kind: error
            .code()
            .map_or(WorkspaceErrorKind::Unavailable, kind_of),
        operation,
        detail: chain(error),
    }
}

fn kind_of(code: ErrorCode) -> WorkspaceErrorKind {
    match code {
        ErrorCode::NotFound | ErrorCode::Gone => WorkspaceErrorKind::NotFound,
        // `Denied`: the user has taken the right to open it from themselves, so that it is no file to us.
        ErrorCode::NotAFile | ErrorCode::NotADirectory | ErrorCode::Denied => {
            WorkspaceErrorKind::WrongKind
        }
        ErrorCode::Path => WorkspaceErrorKind::Path,
        ErrorCode::Exists => WorkspaceErrorKind::Exists,
        ErrorCode::NoSpace => WorkspaceErrorKind::NoSpace,
        ErrorCode::TooLarge => WorkspaceErrorKind::TooLarge,
        ErrorCode::Conflict => WorkspaceErrorKind::Changed,
        ErrorCode::Exclusive
        | ErrorCode::Invalid
        | ErrorCode::Range
        | ErrorCode::Busy
        | ErrorCode::StartFailed
        | ErrorCode::Internal
        | ErrorCode::Unknown => WorkspaceErrorKind::Unavailable,
    }
}

/// The error and what caused it, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
