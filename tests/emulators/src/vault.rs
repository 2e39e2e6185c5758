//! Stand-ins for Cloud KMS and Secret Manager, in the process that needs them.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as With;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Json, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Debug, Default)]
struct State {
    /// What was encrypted, with its associated data; a ciphertext is the place in the list.
    encrypted: Vec<(Value, Value)>,
    /// Secrets by the end of their path, in base64.
    secrets: HashMap<String, String>,
    received: Vec<(String, Value)>,
    may_decrypt: bool,
    failures: usize,
}

/// Both services at one address, as long as this lives.
#[derive(Debug)]
pub struct Vault {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Vault {
    /// An empty one on a free port.
    pub async fn start() -> io::Result<Self> {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// An empty one that listens on `address`.
    pub async fn at(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            may_decrypt: true,
            ..State::default()
        }));
        let server = axum::serve(
            listener,
            Router::new().fallback(answer).with_state(state.clone()),
        );
        Ok(Self {
            state,
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

    /// Its address, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stores a secret, already in base64.
    pub fn put(&self, name: &str, base64: &str) {
        locked(&self.state)
            .secrets
            .insert(name.to_owned(), base64.to_owned());
    }

    /// From now on nobody may decrypt.
    pub fn forbid_decrypting(&self) {
        locked(&self.state).may_decrypt = false;
    }

    /// The next requests fail in a way that passes.
    pub fn fail(&self, times: usize) {
        locked(&self.state).failures = times;
    }

    /// Paths and bodies of the requests so far.
    pub fn received(&self) -> Vec<(String, Value)> {
        locked(&self.state).received.clone()
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(With(state): With<Arc<Mutex<State>>>, uri: Uri, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = locked(&state);
    state.received.push((uri.path().to_owned(), body.clone()));
    if state.failures > 0 {
        state.failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let aad = body["additionalAuthenticatedData"].clone();
    if uri.path().ends_with(":encrypt") {
        state.encrypted.push((body["plaintext"].clone(), aad));
        // A number of four digits is base64.
        return Json(json!({ "ciphertext": format!("{:04}", state.encrypted.len() - 1) }))
            .into_response();
    }
    if uri.path().ends_with(":decrypt") {
        return decrypt(&state, &body["ciphertext"], &aad);
    }
    let name = uri
        .path()
        .split("/secrets/")
        .nth(1)
        .and_then(|rest| rest.strip_suffix("/versions/latest:access"));
    match name.and_then(|name| state.secrets.get(name)) {
        Some(data) => Json(json!({ "name": name, "payload": { "data": data } })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn decrypt(state: &State, ciphertext: &Value, aad: &Value) -> Response {
    if !state.may_decrypt {
        return StatusCode::FORBIDDEN.into_response();
    }
    let place = ciphertext
        .as_str()
        .and_then(|text| text.parse::<usize>().ok());
    match place.and_then(|place| state.encrypted.get(place)) {
        Some((plaintext, bound)) if bound == aad => {
            Json(json!({ "plaintext": plaintext })).into_response()
        }
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}
