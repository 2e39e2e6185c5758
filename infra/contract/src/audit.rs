//! Cases of the port `audit`. The port only writes: what an adapter shows of the trail is the adapter's to test.

use berth_domain::ports::audit::{AuditEntry, Verdict};

use crate::World;

pub(crate) async fn verdicts_are_recorded(w: World) {
    let entry = AuditEntry {
        run_id: w.id(),
        user_id: w.id(),
        at: w.now(),
        host: "\\u{202e}'; DROP TABLE audit; --".to_owned(),
        port: u16::MAX,
        verdict: Verdict::Allowed,
        reason: "listed".to_owned(),
        bytes_up: 0,
        bytes_down: 0,
    };
    let closed = AuditEntry {
        verdict: Verdict::Closed,
        bytes_up: u64::MAX,
        bytes_down: 1,
        ..entry.clone()
    };
    let denied = AuditEntry {
        verdict: Verdict::Denied,
        reason: "not_listed".to_owned(),
        ..entry.clone()
    };
    for entry in [&entry, &closed, &denied, &denied] {
        w.audit().record(entry).await.unwrap();
    }
}
