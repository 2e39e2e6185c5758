//! What a client has been shown.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

/// Between two looks at something that another process does.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// What a socket has been shown of a conversation, which must be dense.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) last: u64,
    pub(crate) ended: BTreeSet<String>,
}

impl Seen {
    pub(crate) fn take(&mut self, frame: &Value) {
        if frame["type"] == "event" {
            let seq = frame["seq"].as_u64().expect("a number");
            assert_eq!(seq, self.last + 1, "{frame}");
            self.last = seq;
            if frame["event"]["kind"] == "finished" {
                self.ended.insert(frame["run_id"].to_string());
            }
        }
    }
}

/// How many events are of that kind.
pub(crate) fn count(events: &[Value], kind: &str) -> usize {
    let of_kind = events.iter().filter(|event| event["event"]["kind"] == kind);
    of_kind.count()
}
