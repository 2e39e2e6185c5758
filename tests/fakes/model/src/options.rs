use std::time::Duration;

/// How the model behaves when no directive says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Pause between two deltas of an answer.
    pub pace: Duration,
    /// How many requests are kept for tests to look at; older ones are dropped. A request is about 50 kB.
    pub keep: usize,
    /// The key a request must carry in `x-api-key` or as a bearer token; `None` accepts anything.
    pub key: Option<String>,
    /// Whether the control routes are served.
    pub control: bool,
}

impl Options {
    /// A pace that reads like a model writing; nothing is recorded.
    pub const fn demo() -> Self {
        Self {
            pace: Duration::from_millis(20),
            keep: 0,
            key: None,
            control: false,
        }
    }

    /// As fast as possible, the last 64 requests kept.
    pub const fn test() -> Self {
        Self {
            pace: Duration::ZERO,
            keep: 64,
            key: None,
            control: true,
        }
    }
}
