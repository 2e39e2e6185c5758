//! The router over a store of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use berth_api::{Config, Deps, GoogleSignIn, Limits};
use berth_domain::clock::Clock;
use berth_domain::event::Event;
use berth_domain::ids::{RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::runs::{Append, Claim, Fenced, Runs};
use berth_domain::ports::users::Users;
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, RunState};
use berth_domain::user::{Credential, CredentialHash, CredentialKind, LOCAL_USER};
use berth_embedded::{LocalLiveText, LocalQueue, SecretKey, Store};
use http::{Method, Request};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use super::fakes::{FakeAlarm, FakeAssets, FakeClock, FakeModel, FakeRandom, FakeWorkspaces};
use super::{Answer, Socket};

/// The text of the sign-in link's token.
pub(crate) const SIGN_IN: &str = "sign-in-link";
/// The `Host` of requests without a socket.
const HOST: &str = "localhost:8080";

/// One installation.
pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) live: Arc<LocalLiveText>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) workspaces: Arc<FakeWorkspaces>,
    pub(crate) model: Arc<FakeModel>,
    pub(crate) alarm: Arc<FakeAlarm>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) user: UserId,
    router: Router,
    runner: RunnerId,
    _folder: TempDir,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::build(limits, None, false, |_| {}).await
    }

    /// An installation at `https://berth.example` that people sign in to with Google.
    pub(crate) async fn with_google(google: GoogleSignIn) -> Self {
        Self::build(Limits::default(), Some(google), true, |_| {}).await
    }

    /// An installation some of whose ports the test has changed.
    pub(crate) async fn changed(change: impl FnOnce(&mut Deps)) -> Self {
        Self::build(Limits::default(), None, false, change).await
    }

    async fn build(
        limits: Limits,
        google: Option<GoogleSignIn>,
        cookie_secure: bool,
        change: impl FnOnce(&mut Deps),
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let key = SecretKey::new([1; 32]);
        let store = Store::open(&folder.path().join("berth.db"), key).unwrap();
        let shared = Arc::new(store.clone());
        let live = Arc::<LocalLiveText>::default();
        let clock = Arc::<FakeClock>::default();
        let workspaces = Arc::<FakeWorkspaces>::default();
        let model = Arc::<FakeModel>::default();
        let alarm = Arc::<FakeAlarm>::default();
        let shutdown = CancellationToken::new();
        let mut deps = Deps {
            users: shared.clone(),
            credentials: shared.clone(),
            conversations: shared.clone(),
            agents: shared.clone(),
            schedules: shared.clone(),
            alarm: alarm.clone(),
            proposals: shared.clone(),
            notifications: shared.clone(),
            audit: shared.clone(),
            runs: shared.clone(),
            events: shared.clone(),
            live: live.clone(),
            queue: Arc::<LocalQueue>::default(),
            secrets: shared.clone(),
            settings: shared.clone(),
            usage: shared,
            workspaces: workspaces.clone(),
            clock: clock.clone(),
            random: Arc::<FakeRandom>::default(),
            assets: Arc::new(FakeAssets),
            model: model.clone(),
        };
        change(&mut deps);
        let config = Config {
            listen: "127.0.0.1:8080".parse().unwrap(),
            public_origins: vec!["https://berth.example".to_owned()],
            cookie_secure,
            google,
            version: "1.2.3".to_owned(),
            demo_available: true,
            quota: Quota::default(),
            agents: 3,
            limits,
        };
        let runner = RunnerId {
            name: "test".to_owned(),
            incarnation: Uuid::from_u128(1),
        };
        let mut rig = Self {
            router: berth_api::router(deps, config, shutdown.clone()),
            store,
            live,
            clock,
            workspaces,
            model,
            alarm,
            shutdown,
            user: UserId(Uuid::nil()),
            runner,
            _folder: folder,
        };
        rig.user = rig.add_user(LOCAL_USER, "token").await;
        rig.add_credential(rig.user, SIGN_IN, CredentialKind::SignInLink)
            .await;
        rig
    }

    /// Makes a user with an API token.
    pub(crate) async fn add_user(&self, name: &str, token: &str) -> UserId {
        let (id, now) = (self.clock.uuid().into(), self.clock.now());
        let user = self.store.ensure_user(name, id, now).await.unwrap();
        self.add_credential(user.id, token, CredentialKind::ApiToken)
            .await;
        user.id
    }

    async fn add_credential(&self, user_id: UserId, secret: &str, kind: CredentialKind) {
        let credential = Credential {
            hash: CredentialHash(Sha256::digest(secret).into()),
            kind,
            user_id,
            label: String::new(),
            created_at: self.clock.now(),
            expires_at: None,
            account: None,
        };
        self.store.add_credential(&credential).await.unwrap();
    }

    /// Sends a request as it is, but for the `Host`.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.entry("host").or_insert(HOST.parse().unwrap());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        }
    }

    /// Sends a request with these headers.
    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A call by the local user's token.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call_as("token", method, path, body).await
    }

    /// A call by somebody's token.
    pub(crate) async fn call_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Answer {
        let authorization = format!("Bearer {token}");
        let mut headers = vec![("authorization", authorization.as_str())];
        let body = if body.is_null() {
            Body::empty()
        } else {
            headers.push(("content-type", "application/json"));
            Body::from(body.to_string())
        };
        self.call_with(method, path, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    /// Signs a browser in and gives its cookie.
    pub(crate) async fn cookie(&self) -> String {
        let path = format!("/?token={SIGN_IN}");
        let answer = self.call_with(Method::GET, &path, &[], Body::empty()).await;
        let cookie = answer.header("set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Serves on a port of its own until the rig's shutdown.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// A socket of the local user, past its first `ready`.
    pub(crate) async fn socket(&self, address: SocketAddr) -> Socket {
        let headers = [("authorization", "Bearer token")];
        let mut socket = Socket::open(address, "/workspace/me", &headers)
            .await
            .unwrap();
        assert_eq!(socket.next().await["type"], "ready");
        socket
    }

    /// Begins a conversation by sending a message; answers conversation and run.
    pub(crate) async fn begin(&self, content: &str) -> (Uuid, RunId) {
        let made = self.post("/api/conversations", serde_json::json!({})).await;
        let id: Uuid = made.json()["id"].as_str().unwrap().parse().unwrap();
        (id, self.say(id, content).await)
    }

    /// Sends a message to a conversation.
    pub(crate) async fn say(&self, conversation: Uuid, content: &str) -> RunId {
        let path = format!("/api/conversations/{conversation}/messages");
        let sent = self
            .post(&path, serde_json::json!({ "content": content }))
            .await;
        assert_eq!(sent.status, 202, "{sent:?}");
        sent.json()["run_id"].as_str().unwrap().parse().unwrap()
    }

    /// Saves an agent and gives its id.
    pub(crate) async fn agent(&self, name: &str) -> Uuid {
        let body = serde_json::json!({"name": name, "prompt": "Sum up the week."});
        let saved = self.post("/api/agents", body).await;
        assert_eq!(saved.status, 201, "{saved:?}");
        saved.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// Runs an agent to this end.
    pub(crate) async fn run_agent(
        &self,
        agent: Uuid,
        outcome: &Outcome,
        events: &[Event],
    ) -> RunId {
        let path = format!("/api/agents/{agent}/runs");
        let accepted = self.post(&path, Value::Null).await;
        assert_eq!(accepted.status, 202, "{accepted:?}");
        let run = accepted.json()["run_id"].as_str().unwrap().parse().unwrap();
        let epoch = self.claim(run).await;
        for event in events {
            self.append(run, epoch, event.clone()).await;
        }
        let (last, now) = (Append::default(), self.clock.now());
        let done = self
            .store
            .finish(run, epoch, &last, outcome, None, now)
            .await;
        assert!(matches!(done.unwrap(), Fenced::Done(_)));
        run
    }

    /// Claims a run and gives the epoch.
    pub(crate) async fn claim(&self, run: RunId) -> u64 {
        match self
            .store
            .claim(run, &self.runner, Quota::default(), self.clock.now())
            .await
        {
            Ok(Claim::Yours(claimed)) => claimed.lease.epoch,
            other => panic!("{other:?}"),
        }
    }

    /// Appends an event as the run's runner.
    pub(crate) async fn append(&self, run: RunId, epoch: u64, event: Event) {
        let append = Append {
            events: vec![event],
            ..Append::default()
        };
        let now = self.clock.now();
        let done = self.store.append(run, epoch, &append, now).await.unwrap();
        assert!(matches!(done, Fenced::Done(_)));
    }

    /// Ends a run as its runner.
    pub(crate) async fn finish(&self, run: RunId, epoch: u64) {
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
        let (last, now) = (Append::default(), self.clock.now());
        let done = self
            .store
            .finish(run, epoch, &last, &outcome, None, now)
            .await
            .unwrap();
        assert!(matches!(done, Fenced::Done(_)));
    }
}
