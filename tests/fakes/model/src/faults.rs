//! Failures on demand: in the user's text (`[[fault:429*2]]`) or through the control route.

use std::str::FromStr;
use std::time::Duration;

use axum::http::StatusCode;

/// One way for a request to go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this status and an error body.
    Status(StatusCode),
    /// Cuts the connection in the middle of the answer.
    Drop,
    /// An `error` event in the middle of the stream; a request that does not stream gets the same error as a 529.
    Midstream,
    /// Waits this long before the first byte.
    Slow(Duration),
    /// Waits before the first byte until a gate is released.
    Gate(String),
}

/// A name that is no fault.
#[derive(Debug, thiserror::Error)]
#[error("unknown fault {0:?}: 400..=599, drop, midstream, slow, slow:MS, gate:NAME")]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownFault(text.to_owned());
        match text.split_once(':') {
            Some(("slow", ms)) => Ok(Self::Slow(Duration::from_millis(
                ms.parse().map_err(|_| unknown())?,
            ))),
            Some(("gate", name)) => Ok(Self::Gate(name.to_owned())),
            Some(_) => Err(unknown()),
            None => match text {
                "drop" => Ok(Self::Drop),
                "midstream" => Ok(Self::Midstream),
                "slow" => Ok(Self::Slow(Duration::from_secs(5))),
                status => StatusCode::from_str(status)
                    .ok()
                    .filter(|status| status.is_client_error() || status.is_server_error())
                    .map(Self::Status)
                    .ok_or_else(unknown),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            "529".parse::<Fault>().expect("known"),
            Fault::Status(StatusCode::from_u16(529).expect("a status"))
        );
        assert_eq!(
            "slow:70".parse::<Fault>().expect("known"),
            Fault::Slow(Duration::from_millis(70))
        );
        assert_eq!(
            "gate:a".parse::<Fault>().expect("known"),
            Fault::Gate("a".into())
        );
        assert_eq!("drop".parse::<Fault>().expect("known"), Fault::Drop);
        for text in ["200", "nothing", "slow:x", ""] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}
