//! Errors as clients see them: RFC 9457 problem documents with a stable code and a text in the client's language.
//!
//! Handlers answer `Err(Problem)`; [`render`] turns it into a document once the response is on its way out, where the
//! client's language is known. Text of other layers never gets through: a failure is logged here, once, and mapped.

mod catalogue;
mod fields;
mod render;

use axum::response::{IntoResponse, Response};
use berth_domain::dispatch::{MAX_CONTENT, Refused};
use berth_domain::ports::usage::LedgerError;
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use berth_domain::ports::{StoreError, StoreErrorKind};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use catalogue::Code;
pub(crate) use fields::{Field, FieldView};
pub(crate) use render::render;

use crate::language::Language;

/// What handlers answer.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

/// An error on its way to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    code: Code,
    number: u64,
    fields: Vec<Field>,
}

impl Problem {
    /// A problem whose text has a number in it.
    pub(crate) const fn with(code: Code, number: u64) -> Self {
        Self {
            code,
            number,
            fields: Vec::new(),
        }
    }

    /// A problem that is told field by field.
    pub(crate) const fn of_fields(code: Code, fields: Vec<Field>) -> Self {
        Self {
            code,
            number: 0,
            fields,
        }
    }

    /// Its code.
    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    /// What it says.
    pub(crate) fn text(&self, language: Language) -> String {
        self.code
            .text(language)
            .replace("{n}", &self.number.to_string())
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::with(code, 0)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An RFC 9457 problem document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Always `about:blank`: the kind of problem is told by `code`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, what it means, what to do; in the client's language.
    detail: String,
    /// Stable word to branch on, for example `quota.concurrent_runs`.
    code: &'static str,
    /// What is wrong field by field, where a form was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldView>,
}

impl ProblemDocument {
    fn new(problem: &Problem, language: Language) -> Self {
        let status = problem.code.status();
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: problem.text(language),
            code: problem.code.as_str(),
            errors: problem
                .fields
                .iter()
                .map(|field| field.view(language))
                .collect(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(store.operation = error.operation, kind = ?error.kind, cause = %error.source, "a store call failed");
        match error.kind {
            StoreErrorKind::Unavailable => Code::StoreUnavailable.into(),
            StoreErrorKind::Full => Code::StoreFull.into(),
            StoreErrorKind::Broken => Code::StoreBroken.into(),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        tracing::error!(ledger.operation = error.operation, cause = %error.source, "a call of the usage ledger failed");
        Code::StoreUnavailable.into()
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Empty => Code::MessageEmpty.into(),
            Refused::TooLong { .. } => {
                Self::with(Code::MessageTooLong, (MAX_CONTENT / (1024 * 1024)) as u64)
            }
            Refused::Nul => Code::MessageNul.into(),
            Refused::OfRun => Code::ConversationOfRun.into(),
            Refused::NoConversation => Code::ConversationNotFound.into(),
            Refused::OverQuota { limit } => Self::with(Code::ConcurrentRuns, limit.into()),
            Refused::IdTaken => Code::MessageIdTaken.into(),
            Refused::Store(error) => error.into(),
        }
    }
}

impl From<WorkspaceError> for Problem {
    fn from(error: WorkspaceError) -> Self {
        let code = match error.kind {
            WorkspaceErrorKind::NotFound => Code::FileNotFound,
            WorkspaceErrorKind::Path => Code::FilePath,
            WorkspaceErrorKind::WrongKind => Code::FileKind,
            WorkspaceErrorKind::Exists => Code::FileExists,
            WorkspaceErrorKind::Changed => Code::FileChanged,
            WorkspaceErrorKind::TooLarge => Code::FileTooLarge,
            WorkspaceErrorKind::NoSpace => Code::NoSpace,
            WorkspaceErrorKind::EngineDown => Code::EngineDown,
            WorkspaceErrorKind::ImageMissing => Code::ImageMissing,
            WorkspaceErrorKind::Unavailable => Code::WorkspaceUnavailable,
            WorkspaceErrorKind::Cut => Code::FileCut,
        };
        if code.status().is_server_error() {
            tracing::error!(workspace.operation = error.operation, cause = %error.detail, "a workspace call failed");
        }
        code.into()
    }
}
