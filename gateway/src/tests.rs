//! The whole gateway behind its socket, between a caller and a scripted upstream.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use berth_domain::egress::EgressPolicy;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{Gateway as _, Grant, ModelSettings, Registries, SOCKET_NAME};
use berth_domain::run_token::{RunToken, TokenKey};
use berth_domain::secret::Secret;
use berth_embedded::{SecretKey, Store};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::http::Body;
use crate::{GatewayConfig, GatewayServer, Limits, ToolPorts};

mod budget;
pub(crate) mod doubles;
mod egress;
mod mcp;
mod model;
mod registry;
mod vertex;

use doubles::{Books, FixedClock, TestNetwork, TestTokens};

/// What a scripted upstream was asked.
#[derive(Debug, Clone)]
struct Asked {
    target: String,
    headers: hyper::HeaderMap,
    body: Bytes,
}

/// An HTTP server that answers as its script says and remembers what it was asked.
struct Upstream {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Upstream {
    async fn start(script: impl Fn(Asked) -> Response<Body> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, script) = (Arc::clone(&asked), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let asked = Asked {
                            target: parts.uri.to_string(),
                            headers: parts.headers,
                            body,
                        };
                        log.lock().unwrap().push(asked.clone());
                        Ok::<_, Infallible>(script(asked))
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

const KEY: &str = "sk-the-real-key";

/// One gateway with one open workspace and one granted run.
struct Bench {
    server: Arc<GatewayServer>,
    books: Arc<Books>,
    network: Arc<TestNetwork>,
    tokens: Arc<TestTokens>,
    settings: watch::Sender<ModelSettings>,
    told: watch::Sender<bool>,
    user: UserId,
    run: RunId,
    token: RunToken,
    store: Store,
    clock: Arc<FixedClock>,
    dir: TempDir,
    shutdown: CancellationToken,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn token_key() -> TokenKey {
    TokenKey::new([9; 32])
}

impl Bench {
    async fn start(upstream: &str) -> Self {
        Self::with(upstream, |_| {}, Registries::default()).await
    }

    async fn with(upstream: &str, change: impl FnOnce(&mut Grant), registries: Registries) -> Self {
        Self::bounded(upstream, change, registries, Limits::default()).await
    }

    async fn bounded(
        upstream: &str,
        change: impl FnOnce(&mut Grant),
        registries: Registries,
        limits: Limits,
    ) -> Self {
        let key = Some(Secret::new(KEY));
        let settings = watch::Sender::new(ModelSettings {
            base_url: upstream.to_owned(),
            key,
            keyless: false,
            vertex: None,
        });
        let told = watch::Sender::new(true);
        let (books, network) = (Arc::new(Books::default()), Arc::new(TestNetwork::default()));
        let tokens = Arc::new(TestTokens::default());
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("berth.db"), SecretKey::new([1; 32])).unwrap();
        let config = GatewayConfig {
            token_key: token_key(),
            model: settings.subscribe(),
            access_tokens: Some(Arc::clone(&tokens) as _),
            network: Arc::clone(&network) as _,
            tools: tools(&store),
            limits: Limits {
                body_bytes: 64 * 1024,
                ..limits
            },
            calls: dir.path().join("calls"),
            told: told.subscribe(),
        };
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let clock = Arc::new(FixedClock::default());
        let ledger = Arc::clone(&books);
        let audit = Arc::clone(&books);
        let server = Arc::new(GatewayServer::new(
            config,
            ledger,
            audit,
            Arc::clone(&clock) as _,
            shutdown.clone(),
            tasks,
        ));
        let (user, run) = (UserId(Uuid::from_u128(1)), RunId(Uuid::from_u128(2)));
        let token = token_key().derive("process-1");
        server.open(user, dir.path(), &registries).await.unwrap();
        let bench = Self {
            server,
            books,
            network,
            tokens,
            settings,
            told,
            user,
            run,
            token,
            store,
            clock,
            dir,
            shutdown,
        };
        let mut grant = bench.grant();
        change(&mut grant);
        bench.server.grant(bench.token.hash(), grant).await.unwrap();
        bench
    }

    fn grant(&self) -> Grant {
        Grant {
            run_id: self.run,
            user_id: self.user,
            agent_id: None,
            conversation_id: None,
            of_agent_run: false,
            unspent: false,
            models: None,
            limits: berth_domain::budget::BudgetLimits::default(),
            egress: EgressPolicy::default(),
        }
    }

    /// A request with the run's token.
    fn request(&self, method: &str, target: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        let token = format!("Bearer {}", self.token.expose());
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "127.0.0.1:9000");
        request
            .header("authorization", token)
            .body(Full::new(body.into()))
            .unwrap()
    }

    fn messages(&self, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        self.request("POST", "/v1/messages?beta=true", body)
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        send(self.dir.path(), request).await
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> (u16, String) {
        read(self.send(request).await).await
    }

    /// Sends bytes as they are and returns the answer as it is.
    async fn raw(&self, text: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.dir.path().join(SOCKET_NAME))
            .await
            .unwrap();
        stream.write_all(text).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn tools(store: &Store) -> ToolPorts {
    ToolPorts {
        agents: Arc::new(store.clone()),
        runs: Arc::new(store.clone()),
        schedules: Arc::new(store.clone()),
        proposals: Arc::new(store.clone()),
        notifications: Arc::new(store.clone()),
        users: Arc::new(store.clone()),
        secrets: Arc::new(store.clone()),
    }
}

async fn send(dir: &Path, request: Request<Full<Bytes>>) -> Response<Incoming> {
    let stream = UnixStream::connect(dir.join(SOCKET_NAME)).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection.with_upgrades());
    sender.send_request(request).await.unwrap()
}

async fn read(response: Response<Incoming>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
