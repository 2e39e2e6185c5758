//! What is said, one JSON object a line.

use std::io;
use std::path::PathBuf;

use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{GatewayError, Grant, Registries, RunSpend};
use berth_domain::ports::usage::LedgerError;
use berth_domain::run_token::TokenHash;
use bytes::{BufMut as _, BytesMut};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::codec::LinesCodec;

/// Bytes of a line. The longest is a grant with every host that its agent may reach.
const LONGEST: usize = 1024 * 1024;

/// Runner to gateway.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub id: u64,
    pub order: Order,
}

/// The port's verbs, and one more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Open {
        user: UserId,
        folder: PathBuf,
        registries: Registries,
    },
    Close(UserId),
    Grant {
        token: TokenHash,
        grant: Grant,
    },
    Revoke(TokenHash),
    /// Until when the runner certainly has what it has granted.
    Vouch(Timestamp),
    /// Everything that this runner has granted has been said.
    Told,
}

/// Gateway to runner.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// The answer to a grant and to a revocation are the run's figures.
    Done {
        id: u64,
        spend: RunSpend,
    },
    Failed {
        id: u64,
        why: Trouble,
    },
    /// Unasked, whenever they change.
    Spent {
        run: RunId,
        spend: RunSpend,
    },
}

/// [`GatewayError`] as far as it travels.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trouble {
    Socket { user: UserId, why: String },
    Registry(String),
    Ledger(String),
    Away,
}

impl From<GatewayError> for Trouble {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Socket { user, source } => Self::Socket {
                user,
                why: source.to_string(),
            },
            GatewayError::Registry(why) => Self::Registry(why),
            GatewayError::Ledger(error) => Self::Ledger(error.source.to_string()),
            GatewayError::Away => Self::Away,
        }
    }
}

impl From<Trouble> for GatewayError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Socket { user, why } => Self::Socket {
                user,
                source: io::Error::other(why),
            },
            Trouble::Registry(why) => Self::Registry(why),
            Trouble::Ledger(why) => Self::Ledger(LedgerError {
                operation: "gateway",
                source: why.into(),
            }),
            Trouble::Away => Self::Away,
        }
    }
}

/// Reads lines, which are of bounded length.
pub(crate) fn lines() -> LinesCodec {
    LinesCodec::new_with_max_length(LONGEST)
}

/// Appends one line.
pub(crate) fn write(line: &impl Serialize, to: &mut BytesMut) {
    match serde_json::to_vec(line) {
        Ok(line) => {
            to.put_slice(&line);
            to.put_u8(b'\n');
        }
        // Paths alone could fail, where they are no UTF-8; ours are made of ids.
        Err(error) => tracing::error!(%error, "a line to the other side cannot be written"),
    }
}
