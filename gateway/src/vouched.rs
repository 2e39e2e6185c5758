//! Whether what is granted certainly holds: the runner's word, and the time. Past it others may have what this runner granted, and until it
//! says so again nothing is let out.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::clock::Clock;
use jiff::Timestamp;
use tokio::sync::watch;

/// How often the time is looked at while nothing is let out.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Clones share the word.
#[derive(Debug, Clone)]
pub(crate) struct Vouched {
    /// `None`: nobody else could have anything, as on one machine.
    until: watch::Sender<Option<Timestamp>>,
    clock: Arc<dyn Clock>,
}

impl Vouched {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            until: watch::Sender::new(None),
            clock,
        }
    }

    /// Takes the runner's word; an older one than there is changes nothing.
    pub(crate) fn say(&self, until: Timestamp) {
        self.until.send_if_modified(|word| {
            let newer = word.is_none_or(|word| word < until);
            if newer {
                *word = Some(until);
            }
            newer
        });
    }

    pub(crate) fn holds(&self) -> bool {
        self.until
            .borrow()
            .is_none_or(|until| self.clock.now() < until)
    }

    /// Waits until it holds. By the clock and not by a timer: a machine that slept finds that it does not.
    pub(crate) async fn certain(&self) {
        let mut word = self.until.subscribe();
        while !self.holds() {
            tokio::select! {
                _ = word.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}
