//! What stands in for the ports.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::clock::Clock;
use berth_domain::egress::Host;
use berth_domain::ids::{AgentId, RunId, UserId};
use berth_domain::ports::audit::{AuditEntry, AuditError, AuditSink};
use berth_domain::ports::gateway::{AccessTokens, NoAccessToken};
use berth_domain::ports::usage::{LedgerError, UsageLedger, UsageQuery, UsageRow};
use berth_domain::secret::Secret;
use berth_domain::usage::{UsageEntry, UsageTotals};
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::watch;
use uuid::Uuid;

use crate::Network;
use crate::vouched::Vouched;

/// A clock that stands still unless it is set, and counts its ids.
#[derive(Debug, Default)]
pub(super) struct FixedClock(AtomicU64, Mutex<Timestamp>);

impl FixedClock {
    pub(super) fn set(&self, now: Timestamp) {
        *self.1.lock().unwrap() = now;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.1.lock().unwrap()
    }

    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// The word of a runner that has never been in doubt.
pub(crate) fn always() -> Vouched {
    Vouched::new(Arc::new(FixedClock::default()))
}

/// A ledger and an audit trail in memory, each of which can be made to fail.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) entries: Mutex<Vec<UsageEntry>>,
    pub(super) trail: Mutex<Vec<AuditEntry>>,
    pub(super) down: AtomicBool,
    changed: watch::Sender<()>,
    refusals: watch::Sender<u32>,
}

impl Books {
    fn total(&self, which: impl Fn(&UsageEntry) -> bool) -> Result<UsageTotals, LedgerError> {
        self.check()?;
        let mut totals = UsageTotals::default();
        for entry in self
            .entries
            .lock()
            .unwrap()
            .iter()
            .filter(|entry| which(entry))
        {
            totals.add(entry.tokens, entry.cost_micro_usd);
        }
        Ok(totals)
    }

    fn check(&self) -> Result<(), LedgerError> {
        let down = || LedgerError {
            operation: "test",
            source: "down".into(),
        };
        if self.down.load(Ordering::SeqCst) {
            Err(down())
        } else {
            Ok(())
        }
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Waits until it has refused to write something.
    pub(super) async fn refused(&self) {
        let mut refusals = self.refusals.subscribe();
        let refused = refusals.wait_for(|refusals| *refusals > 0);
        let waited = tokio::time::timeout(Duration::from_secs(10), refused).await;
        waited.expect("nothing was refused").unwrap();
    }

    /// Waits until the books satisfy `condition`.
    pub(super) async fn until(&self, condition: impl Fn(&Self) -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !condition(self) {
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .expect("the books never came to this");
    }
}

#[async_trait]
impl UsageLedger for Books {
    async fn record(&self, entry: &UsageEntry) -> Result<(), LedgerError> {
        let checked = self.check();
        if checked.is_err() {
            self.refusals.send_modify(|refusals| *refusals += 1);
        }
        checked?;
        self.entries.lock().unwrap().push(entry.clone());
        self.changed.send_replace(());
        Ok(())
    }

    async fn run_total(&self, run: RunId) -> Result<UsageTotals, LedgerError> {
        self.total(|entry| entry.run_id == run)
    }

    async fn user_total_since(
        &self,
        user: UserId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError> {
        self.total(|entry| entry.user_id == user && entry.at >= from)
    }

    async fn agent_total_since(
        &self,
        agent: AgentId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError> {
        self.total(|entry| entry.agent_id == Some(agent) && entry.at >= from)
    }

    async fn summary(&self, _query: &UsageQuery) -> Result<Vec<UsageRow>, LedgerError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl AuditSink for Books {
    async fn record(&self, entry: &AuditEntry) -> Result<(), AuditError> {
        self.check().map_err(|error| AuditError(error.into()))?;
        self.trail.lock().unwrap().push(entry.clone());
        self.changed.send_replace(());
        Ok(())
    }
}

/// Answers with set addresses and, whatever address is dialled, connects to a local one.
#[derive(Debug, Default)]
pub(super) struct TestNetwork {
    pub(super) addresses: Mutex<Vec<IpAddr>>,
    pub(super) dialled: Mutex<Vec<SocketAddr>>,
    pub(super) resolved: AtomicU64,
    pub(super) local: Mutex<Option<SocketAddr>>,
}

#[async_trait]
impl Network for TestNetwork {
    async fn resolve(&self, _host: &Host) -> std::io::Result<Vec<IpAddr>> {
        self.resolved.fetch_add(1, Ordering::SeqCst);
        Ok(self.addresses.lock().unwrap().clone())
    }

    async fn dial(&self, address: SocketAddr) -> std::io::Result<TcpStream> {
        self.dialled.lock().unwrap().push(address);
        let local = self
            .local
            .lock()
            .unwrap()
            .ok_or(std::io::ErrorKind::ConnectionRefused)?;
        TcpStream::connect(local).await
    }
}

/// A service account whose token is set, or cannot be had.
#[derive(Debug, Default)]
pub(super) struct TestTokens(pub(super) Mutex<Option<Secret>>);

#[async_trait]
impl AccessTokens for TestTokens {
    async fn access_token(&self) -> Result<Secret, NoAccessToken> {
        let token = self.0.lock().unwrap().clone();
        token.ok_or_else(|| NoAccessToken("no metadata server".into()))
    }
}
