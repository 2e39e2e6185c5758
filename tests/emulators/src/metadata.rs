//! A stand-in for the metadata server, from which a process on Google's machines has tokens of its service account.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use berth_fake_oidc::{ISSUER, Issuer};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Where clients ask for identity tokens.
const IDENTITY: &str = "/computeMetadata/v1/instance/service-accounts/default/identity";
/// What every question carries and every answer has, so that nobody asks or answers by mistake.
const FLAVOR: &str = "metadata-flavor";

#[derive(Debug)]
struct Account {
    issuer: Issuer,
    email: String,
    clock: fn() -> Timestamp,
}

/// The server of one service account's machine, as long as this lives.
#[derive(Debug)]
pub struct Metadata {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Metadata {
    /// One whose tokens are of the account with this address, and signed by `issuer`.
    pub async fn start(issuer: Issuer, email: &str, clock: fn() -> Timestamp) -> io::Result<Self> {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::at(anywhere, issuer, email, clock).await
    }

    /// The same, listening on `address`.
    pub async fn at(
        address: SocketAddr,
        issuer: Issuer,
        email: &str,
        clock: fn() -> Timestamp,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let account = Account {
            issuer,
            email: email.to_owned(),
            clock,
        };
        let router = Router::new()
            .route(IDENTITY, get(identity))
            .with_state(Arc::new(account));
        let server = axum::serve(listener, router);
        Ok(Self {
            address,
            serving: tokio::spawn(async move {
                let _ = server.await;
            }),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `HOST:PORT`, for the variable `GCE_METADATA_HOST`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Metadata {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn identity(
    State(account): State<Arc<Account>>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let (Some(audience), true) = (asked.get("audience"), headers.contains_key(FLAVOR)) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let now = (account.clock)().as_second();
    let mut claims = json!({
        "iss": ISSUER, "aud": audience, "azp": "1", "sub": "1", "iat": now, "exp": now + 3600,
    });
    // The address is in the long form only.
    if asked.get("format").is_some_and(|format| format == "full") {
        claims["email"] = json!(account.email);
        claims["email_verified"] = json!(true);
    }
    ([(FLAVOR, "Google")], account.issuer.sign(&claims)).into_response()
}
