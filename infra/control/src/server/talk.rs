//! One connection of a runner: orders in, answers and figures out.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::RunId;
use berth_domain::ports::gateway::{GatewayError, RunSpend};
use bytes::BytesMut;
use futures::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::seats::{Seat, Seats};
use crate::wire::{self, Order, Request, Said};

/// Orders carried out at the same time. A runner has fewer runs; what is beyond waits in its socket.
const AT_ONCE: usize = 256;
/// Lines on their way out.
const OUTGOING: usize = 256;

/// What is shared by the orders of one connection.
#[derive(Debug, Clone)]
struct Talk {
    seats: Arc<Seats>,
    seat: Seat,
    out: mpsc::Sender<Said>,
    tasks: TaskTracker,
    /// The runner has left.
    gone: CancellationToken,
}

/// Serves one runner, and ends what it granted when it has been gone for `linger`.
pub(super) async fn attend(
    seats: Arc<Seats>,
    stream: UnixStream,
    linger: Duration,
    stop: CancellationToken,
) {
    let seat = seats.sit();
    tracing::info!(seat, "a runner is connected");
    let (read, write) = stream.into_split();
    let (out, outgoing) = mpsc::channel(OUTGOING);
    let talk = Talk {
        seats,
        seat,
        out,
        tasks: TaskTracker::new(),
        gone: stop.child_token(),
    };
    let mut lines = FramedRead::new(read, wire::lines());
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let writing = tokio::spawn(write_out(write, outgoing));
    while let Some(Some(line)) = talk.gone.run_until_cancelled(lines.next()).await {
        let request = line.map_err(|error| error.to_string());
        let request = request.and_then(|line| {
            serde_json::from_str::<Request>(&line).map_err(|error| error.to_string())
        });
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(error, "the runner said what is not understood");
                break;
            }
        };
        if let Order::Told = request.order {
            talk.seats.told(seat);
            continue;
        }
        let (permit, talk) = (Arc::clone(&permits).acquire_owned().await, talk.clone());
        talk.tasks.clone().spawn(async move {
            let _permit = permit;
            talk.carry_out(request).await;
        });
    }
    talk.gone.cancel();
    talk.seats.leave(seat);
    // Both halves are closed at once: a runner that is still there connects anew.
    drop(lines);
    writing.abort();
    talk.tasks.close();
    talk.tasks.wait().await;
    tracing::info!(seat, "the runner is gone");
    let over = stop.run_until_cancelled(tokio::time::sleep(linger)).await;
    if over.is_some() {
        talk.seats.end(seat).await;
    }
}

impl Talk {
    async fn carry_out(self, Request { id, order }: Request) {
        let answer = match self.do_it(order).await {
            Ok(spend) => Said::Done { id, spend },
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an order of the runner failed"
                );
                Said::Failed {
                    id,
                    why: error.into(),
                }
            }
        };
        self.say(answer).await;
    }

    async fn do_it(&self, order: Order) -> Result<RunSpend, GatewayError> {
        let gateway = &self.seats.gateway;
        let mut spend = RunSpend::default();
        match order {
            Order::Open {
                user,
                folder,
                registries,
            } => {
                gateway.open(user, &folder, &registries).await?;
                self.seats.opened(user, self.seat);
            }
            Order::Close(user) => {
                gateway.close(user).await;
                self.seats.closed(user);
            }
            Order::Grant { token, grant } => {
                let run = grant.run_id;
                gateway.grant(token, grant).await?;
                self.seats.granted(token, self.seat);
                if let Some(mut figures) = gateway.watch(run) {
                    spend = figures.borrow_and_update().clone();
                    self.tasks.spawn(self.clone().follow(run, figures));
                }
            }
            Order::Revoke(token) => {
                spend = gateway.revoke(token).await;
                self.seats.revoked(token);
            }
            Order::Vouch(until) => gateway.vouch(until),
            Order::Told => {}
        }
        Ok(spend)
    }

    /// Passes a run's figures on until it is revoked or the runner leaves.
    async fn follow(self, run: RunId, mut figures: watch::Receiver<RunSpend>) {
        let gone = self.gone.clone();
        while let Some(Ok(())) = gone.run_until_cancelled(figures.changed()).await {
            let spend = figures.borrow_and_update().clone();
            self.say(Said::Spent { run, spend }).await;
        }
    }

    /// Nobody hears it when the runner is gone.
    async fn say(&self, line: Said) {
        let _ = self.gone.run_until_cancelled(self.out.send(line)).await;
    }
}

/// Writes until the runner takes nothing more.
async fn write_out(mut to: OwnedWriteHalf, mut outgoing: mpsc::Receiver<Said>) {
    let mut bytes = BytesMut::new();
    while let Some(line) = outgoing.recv().await {
        wire::write(&line, &mut bytes);
        if let Err(error) = to.write_all_buf(&mut bytes).await {
            tracing::debug!(%error, "the runner has stopped listening");
            return;
        }
    }
}
