use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

/// A request as it arrived, kept for tests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Received {
    /// Counts from 1 over the life of the server; gaps mean that older ones were dropped.
    pub number: u64,
    pub path: String,
    /// Names in lower case; of a repeated header, the last.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
    /// When the whole body was here, in nanoseconds since 1970: comparable between processes of one machine.
    pub at: u64,
    /// When the first delta of the answer was handed to the connection, on the same clock.
    pub first_delta_at: Option<u64>,
}

impl Received {
    pub(crate) fn new(number: u64, path: &str, headers: &HeaderMap, body: Value) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        Self {
            number,
            path: path.to_owned(),
            headers,
            body,
            at: now(),
            first_delta_at: None,
        }
    }
}

/// Nanoseconds since 1970. A fake is no part of the product: its clock needs no seam.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
