//! An allowed tunnel: its greeting is checked, then bytes are copied and counted until either side ends or both fall silent.

use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use berth_domain::egress::{Denial, Host};
use berth_domain::ports::audit::Verdict;
use bytes::{Bytes, BytesMut};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Trail;
use super::client_hello::{self, Hello, MAX_HELLO};
use crate::vouched::Vouched;

pub(super) const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
const CHUNK: usize = 16 * 1024;

/// Serves the tunnel to its end and writes the last line of its trail.
pub(super) async fn run(trail: Trail, host: Host, upgrade: OnUpgrade, mut outside: TcpStream) {
    let _active = trail.granted.run.active.token();
    let Ok(upgraded) = upgrade.await else { return };
    let mut inside = TokioIo::new(upgraded);
    let counts = Counts::default();
    let limits = &trail.context.config.limits;
    let work = async {
        let greeting =
            tokio::time::timeout(limits.hello_timeout, read_hello(&mut inside, &host)).await;
        let greeting = greeting.unwrap_or(Err(Denial::NotTls))?;
        relay(
            &mut inside,
            &mut outside,
            &greeting,
            limits.tunnel_idle,
            &trail.context.vouched,
            &counts,
        )
        .await;
        Ok(())
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = trail.granted.run.cancel.cancelled() => Ok(()),
    };
    let (verdict, reason) = match outcome {
        Ok(()) => (Verdict::Closed, "ended"),
        Err(denial) => (Verdict::Denied, Denial::as_str(denial)),
    };
    let (up, down) = (
        counts.up.load(Ordering::Relaxed),
        counts.down.load(Ordering::Relaxed),
    );
    // A trail that fails here has been logged; there is nothing left to deny.
    let _ = trail.record(verdict, reason, up, down).await;
}

/// The first bytes from inside, once they are a whole greeting to `host`.
async fn read_hello<R: AsyncRead + Unpin>(inside: &mut R, host: &Host) -> Result<Bytes, Denial> {
    let mut bytes = BytesMut::with_capacity(2048);
    loop {
        match client_hello::parse(&bytes) {
            Hello::To(name) if name.eq_ignore_ascii_case(host.as_str()) => {
                return Ok(bytes.freeze());
            }
            Hello::To(_) => return Err(Denial::ServerName),
            Hello::Partial if bytes.len() < MAX_HELLO => {}
            Hello::Partial | Hello::Invalid => return Err(Denial::NotTls),
        }
        let read = inside.read_buf(&mut bytes).await;
        if !read.is_ok_and(|count| count > 0) {
            return Err(Denial::NotTls);
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
}

/// Copies both ways until both ends are done, one fails, or nothing moves for `idle`.
async fn relay<A, B>(
    inside: &mut A,
    outside: &mut B,
    greeting: &[u8],
    idle: Duration,
    vouched: &Vouched,
    counts: &Counts,
) where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    if outside.write_all(greeting).await.is_err() {
        return;
    }
    counts
        .up
        .fetch_add(greeting.len() as u64, Ordering::Relaxed);
    let moved = Mutex::new(Instant::now());
    let (inside_read, inside_write) = tokio::io::split(inside);
    let (outside_read, outside_write) = tokio::io::split(outside);
    let both = async {
        tokio::try_join!(
            pump(inside_read, outside_write, vouched, &counts.up, &moved),
            pump(outside_read, inside_write, vouched, &counts.down, &moved),
        )
    };
    tokio::select! {
        // Either end may break off at any time; the counts say how far it came.
        _ = both => {}
        () = silence(&moved, idle) => {}
    }
}

async fn pump<R, W>(
    mut from: R,
    mut to: W,
    vouched: &Vouched,
    count: &AtomicU64,
    moved: &Mutex<Instant>,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = BytesMut::with_capacity(CHUNK);
    while from.read_buf(&mut buffer).await? > 0 {
        vouched.certain().await;
        to.write_all(&buffer).await?;
        count.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        *moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        buffer.clear();
    }
    to.shutdown().await
}

/// Resolves when nothing has moved for `idle`.
async fn silence(moved: &Mutex<Instant>, idle: Duration) {
    loop {
        let until = *moved.lock().unwrap_or_else(PoisonError::into_inner) + idle;
        if until <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::doubles::always;

    #[tokio::test]
    async fn bytes_are_copied_and_counted() {
        let (mut inside, mut client) = tokio::io::duplex(64);
        let (mut outside, mut server) = tokio::io::duplex(64);
        let counts = Counts::default();
        let ends = async {
            let mut greeting = [0; 5];
            server.read_exact(&mut greeting).await.unwrap();
            server.write_all(b"hi").await.unwrap();
            let mut answer = [0; 2];
            client.read_exact(&mut answer).await.unwrap();
            drop((client, server));
        };
        let (idle, vouched) = (Duration::from_mins(1), always());
        tokio::join!(
            relay(&mut inside, &mut outside, b"hello", idle, &vouched, &counts),
            ends
        );
        assert_eq!((counts.up.into_inner(), counts.down.into_inner()), (5, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_tunnel_ends() {
        let (mut inside, _client) = tokio::io::duplex(64);
        let (mut outside, _server) = tokio::io::duplex(64);
        let begun = Instant::now();
        relay(
            &mut inside,
            &mut outside,
            b"hello",
            Duration::from_mins(1),
            &always(),
            &Counts::default(),
        )
        .await;
        assert_eq!(begun.elapsed().as_secs(), 60);
    }
}
