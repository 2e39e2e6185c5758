//! A network that loses answers.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    /// Requests arrive, answers do not.
    Hold,
    /// Nothing is let in.
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    mode: Mode,
    /// Connections of an earlier age are closed.
    age: u32,
}

/// Stands before a server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: Arc<watch::Sender<State>>,
}

impl Proxy {
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let begin = State {
            mode: Mode::Pass,
            age: 0,
        };
        let state = Arc::new(watch::channel(begin).0);
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if shared.borrow().mode != Mode::Refuse {
                    tokio::spawn(pass(client, server, shared.subscribe()));
                }
            }
        });
        Self { address, state }
    }

    fn change(&self, mode: Mode, close: bool) {
        self.state.send_modify(|state| {
            state.mode = mode;
            state.age += u32::from(close);
        });
    }

    /// From now on no answer arrives.
    pub(crate) fn hold_answers(&self) {
        self.change(Mode::Hold, false);
    }

    /// Closes every connection, with the answers that were held; new ones work.
    pub(crate) fn cut(&self) {
        self.change(Mode::Pass, true);
    }

    /// Closes every connection and takes no other.
    pub(crate) fn refuse(&self) {
        self.change(Mode::Refuse, true);
    }

    /// Takes connections again.
    pub(crate) fn accept(&self) {
        self.change(Mode::Pass, false);
    }
}

async fn pass(client: TcpStream, server: SocketAddr, mut state: watch::Receiver<State>) {
    let age = state.borrow().age;
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answers = state.clone();
    tokio::select! {
        () = copy(from_client, to_server, None) => {}
        () = copy(from_server, to_client, Some(answers)) => {}
        _ = state.wait_for(|state| state.age != age) => {}
    }
}

/// Copies bytes; with a state to look at, keeps what comes while answers are held until it is closed.
async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: Option<watch::Receiver<State>>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if let Some(state) = &mut state {
            let passing = state.wait_for(|state| state.mode == Mode::Pass).await;
            if passing.is_err() {
                return;
            }
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
