//! What the gateway serves to the runner.

mod seats;
mod talk;

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ports::gateway::Gateway;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::socket::is_let_in;
use seats::Seats;

/// How long a runner may be gone before everything it granted ends: time for it to be started again and to find its runs.
pub const LINGER: Duration = Duration::from_mins(1);

/// After an accept that failed (out of descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A gateway that a runner in another process may use.
#[derive(Debug)]
pub struct Control {
    /// What is asked.
    pub gateway: Arc<dyn Gateway>,
    /// Set while a runner is connected that has said everything it granted; until then no token is known to be wrong.
    pub told: watch::Sender<bool>,
    /// How long a runner may be gone; [`LINGER`] outside tests.
    pub linger: Duration,
}

impl Control {
    /// Serves runners until `stop`, and ends then with every connection. What they granted is left to the gateway.
    pub async fn serve(self, listener: UnixListener, stop: CancellationToken) {
        let seats = Arc::new(Seats::new(self.gateway, self.told));
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, _)) if is_let_in(&stream) => {
                    let (seats, stop, linger) = (Arc::clone(&seats), stop.clone(), self.linger);
                    tasks.spawn(talk::attend(seats, stream, linger, stop));
                }
                Ok(_) => tracing::warn!("another account's process was turned away"),
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }
}
