//! The connection to the gateway: made again whenever it breaks, and then everything in force is said again.
//!
//! Nothing new is sent before what is in force has been answered, so that a run which ends in the middle of a restart is granted
//! once more, and revoked with the figures of the ledger.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::ports::gateway::RunSpend;
use bytes::BytesMut;
use futures::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::codec::FramedRead;

use super::memory::{Memory, opposite};
use super::mirror::Mirror;
use super::{Answer, Ask, Reply};
use crate::wire::{self, Order, Request, Said, Trouble};

/// Between attempts to connect, and before the gateway is asked again for what it could not do.
const AGAIN: Duration = Duration::from_millis(200);
/// Orders under way at a time: fewer than the gateway carries out at once.
const AT_ONCE: usize = 128;

/// An order that was sent.
#[derive(Debug)]
struct Sent {
    order: Order,
    /// Nobody waits for what is only said again.
    reply: Option<Reply>,
}

#[derive(Debug)]
struct Link {
    orders: mpsc::Receiver<Ask>,
    mirror: Arc<Mirror>,
    memory: Memory,
    sent: HashMap<u64, Sent>,
    /// Not answered when the connection broke.
    unfinished: VecDeque<Ask>,
    last_id: u64,
    /// Said again, and not answered.
    unanswered: usize,
    /// Said again, and failed.
    failed: Vec<Order>,
    outgoing: BytesMut,
    /// From when on this runner knows everything it has granted.
    knows_at: Instant,
}

/// Why a conversation is over.
enum Over {
    Broken,
    /// Nobody wants the gateway any more.
    Dropped,
}

/// Keeps a connection as long as the other end of `orders` is there.
pub(super) async fn run(
    path: PathBuf,
    orders: mpsc::Receiver<Ask>,
    mirror: Arc<Mirror>,
    finding: Duration,
) {
    let mut link = Link {
        orders,
        mirror,
        memory: Memory::default(),
        sent: HashMap::new(),
        unfinished: VecDeque::new(),
        last_id: 0,
        unanswered: 0,
        failed: Vec::new(),
        outgoing: BytesMut::new(),
        knows_at: Instant::now() + finding,
    };
    let mut away = false;
    while !link.orders.is_closed() {
        match UnixStream::connect(&path).await {
            Ok(stream) => {
                tracing::info!("connected to the gateway");
                away = false;
                if let Over::Dropped = link.converse(stream).await {
                    return;
                }
                tracing::warn!("the gateway is gone; what is granted will be said again");
            }
            Err(error) if !away => {
                away = true;
                tracing::warn!(%error, path = %path.display(), "the gateway cannot be reached");
            }
            Err(_) => {}
        }
        sleep(AGAIN).await;
    }
}

impl Link {
    async fn converse(&mut self, stream: UnixStream) -> Over {
        let (read, mut write) = stream.into_split();
        let mut lines = FramedRead::new(read, wire::lines());
        self.say_again();
        let mut told = false;
        let mut retry_at = Instant::now() + AGAIN;
        loop {
            let ready = self.unanswered == 0 && self.sent.len() < AT_ONCE;
            if ready && let Some(Ask { order, reply }) = self.unfinished.pop_front() {
                self.send(order, Some(reply));
                continue;
            }
            let knows = !told && self.unanswered == 0 && self.failed.is_empty();
            tokio::select! {
                written = write.write_buf(&mut self.outgoing), if !self.outgoing.is_empty() => {
                    if written.is_err() { return Over::Broken }
                }
                line = lines.next() => match line.and_then(Result::ok) {
                    Some(line) => if !self.take(&line) { return Over::Broken },
                    None => return Over::Broken,
                },
                ask = self.orders.recv(), if ready => match ask {
                    Some(Ask { order, reply }) => self.send(order, Some(reply)),
                    None => return Over::Dropped,
                },
                () = sleep_until(self.knows_at), if knows => {
                    told = true;
                    self.send_unanswered(Order::Told);
                }
                () = sleep_until(retry_at), if !self.failed.is_empty() => {
                    retry_at = Instant::now() + AGAIN;
                    self.retry();
                }
            }
        }
    }

    /// Begins anew: says what is in force, and keeps what was asked for and not answered for when that is done.
    fn say_again(&mut self) {
        self.outgoing.clear();
        self.failed.clear();
        self.unanswered = 0;
        let mut sent: Vec<_> = self.sent.drain().collect();
        sent.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        for (_, Sent { order, reply }) in sent {
            match reply {
                Some(reply) if !reply.is_closed() => {
                    self.unfinished.push_front(Ask { order, reply });
                }
                // Whoever asked has given up: what was to end ends by not being said again.
                _ => self.memory.forget(&order, &self.mirror),
            }
        }
        let again: Vec<_> = self.memory.all().collect();
        for order in again {
            self.unanswered += 1;
            self.send(order, None);
        }
    }

    fn retry(&mut self) {
        for order in std::mem::take(&mut self.failed) {
            if self.memory.holds(&order) {
                self.unanswered += 1;
                self.send(order, None);
            }
        }
    }

    fn send(&mut self, order: Order, reply: Option<Reply>) {
        let id = self.send_unanswered(order.clone());
        self.sent.insert(id, Sent { order, reply });
    }

    fn send_unanswered(&mut self, order: Order) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        wire::write(&Request { id, order }, &mut self.outgoing);
        id
    }

    /// Takes in a line; `false` if it is not understood.
    fn take(&mut self, line: &str) -> bool {
        match serde_json::from_str(line) {
            Ok(Said::Spent { run, spend }) => self.mirror.spent(run, spend),
            Ok(Said::Done { id, spend }) => {
                if let Some(sent) = self.sent.remove(&id) {
                    self.done(sent, spend);
                }
            }
            Ok(Said::Failed { id, why }) => {
                if let Some(sent) = self.sent.remove(&id) {
                    self.failed(sent, why);
                }
            }
            Err(error) => {
                tracing::error!(%error, "the gateway said what is not understood");
                return false;
            }
        }
        true
    }

    fn done(&mut self, Sent { order, reply }: Sent, spend: RunSpend) {
        let held = self.memory.holds(&order);
        let wanted = held || reply.as_ref().is_some_and(|reply| !reply.is_closed());
        match opposite(&order) {
            // Whoever asked for it has given up, or it was taken back meanwhile.
            Some(opposite) if !wanted => {
                self.send_unanswered(opposite);
            }
            _ => self.memory.done(order, spend.clone(), &self.mirror),
        }
        self.answer(reply, Ok(spend));
    }

    fn failed(&mut self, Sent { order, reply }: Sent, why: Trouble) {
        if !self.answer(reply, Err(why.into())) {
            self.failed.push(order);
        }
    }

    /// Whether somebody had asked; what was only said again is counted.
    fn answer(&mut self, reply: Option<Reply>, answer: Answer) -> bool {
        let asked = reply.is_some();
        match reply {
            Some(reply) => drop(reply.send(answer)),
            None => self.unanswered = self.unanswered.saturating_sub(1),
        }
        asked
    }
}
