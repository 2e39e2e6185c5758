//! The issuer's public keys, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use metrics::counter;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// For how long keys are used without asking again. A key that the issuer has taken back is trusted no longer.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// For how long they are used while the issuer cannot be asked.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// Shortest time between two requests, whatever tokens come in: an invented key id must not make us a load on the issuer.
const BETWEEN_FETCHES: SignedDuration = SignedDuration::from_secs(60);
/// Longest time one request may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Keys that are read from one document; Google has two or three.
const MAX_KEYS: usize = 64;

/// The keys could not be had; the same token may be good later.
#[derive(Debug, thiserror::Error)]
#[error("the issuer's keys cannot be had: {0}")]
pub struct KeysUnavailable(pub String);

/// Where the issuer's keys come from.
#[async_trait]
pub trait KeySource: Send + Sync + std::fmt::Debug {
    /// The JWK Set (RFC 7517) as of now, in its text. The caller bounds the time, the source the size.
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnavailable>;
}

/// Keys as of one moment.
#[derive(Debug)]
struct Held {
    keys: HashMap<String, DecodingKey>,
    at: Timestamp,
}

impl Held {
    fn key(&self, id: &str, now: Timestamp, age: SignedDuration) -> Option<DecodingKey> {
        let young = now.duration_since(self.at) < age;
        self.keys.get(id).filter(|_| young).cloned()
    }
}

/// Keys by id.
#[derive(Debug)]
pub(crate) struct KeyCache {
    source: Arc<dyn KeySource>,
    held: RwLock<Option<Arc<Held>>>,
    /// When the source was last asked. Locked while it is: one request at a time.
    asked: Mutex<Option<Timestamp>>,
}

impl KeyCache {
    pub(crate) fn new(source: Arc<dyn KeySource>) -> Self {
        Self {
            source,
            held: RwLock::default(),
            asked: Mutex::default(),
        }
    }

    /// The key of that id; `None` when the issuer has none of it.
    pub(crate) async fn key(
        self: &Arc<Self>,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<DecodingKey>, KeysUnavailable> {
        if let Some(key) = self.held_key(id, now, FRESH) {
            return Ok(Some(key));
        }
        let (cache, wanted) = (self.clone(), id.to_owned());
        // A task of its own: a client that goes away in the middle must not have used up the minute for everybody.
        let refreshed = tokio::spawn(async move { cache.refresh(&wanted, now).await });
        let outcome = refreshed
            .await
            .unwrap_or_else(|_| Err(KeysUnavailable("the request was abandoned".to_owned())));
        match (self.held_key(id, now, USABLE), outcome) {
            (Some(key), _) => Ok(Some(key)),
            (None, Ok(())) => Ok(None),
            (None, Err(error)) => Err(error),
        }
    }

    /// Asks the source, unless that has happened within the last minute.
    async fn refresh(&self, id: &str, now: Timestamp) -> Result<(), KeysUnavailable> {
        let mut asked = self.asked.lock().await;
        if self.held_key(id, now, FRESH).is_some() {
            return Ok(());
        }
        if asked.is_some_and(|at| now.duration_since(at).abs() < BETWEEN_FETCHES) {
            return match self.held() {
                Some(_) => Ok(()),
                None => Err(KeysUnavailable("they were asked for just now".to_owned())),
            };
        }
        *asked = Some(now);
        let fetched = timeout(PATIENCE, self.source.fetch())
            .await
            .unwrap_or_else(|_| Err(KeysUnavailable("no answer in time".to_owned())));
        let keys = fetched.and_then(|text| read(&text));
        let word = if keys.is_ok() { "done" } else { "failed" };
        counter!("oidc_key_fetches_total", "outcome" => word).increment(1);
        let keys = keys.inspect_err(|error| tracing::warn!(%error, "ID tokens may be refused"))?;
        let held = Some(Arc::new(Held { keys, at: now }));
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(())
    }

    fn held(&self) -> Option<Arc<Held>> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn held_key(&self, id: &str, now: Timestamp, age: SignedDuration) -> Option<DecodingKey> {
        self.held()?.key(id, now, age)
    }
}

/// The keys of a JWK Set that can sign with RS256. A set without any is taken for a failure of the source: better to go on
/// with the keys of a while ago than to sign everybody out.
fn read(text: &[u8]) -> Result<HashMap<String, DecodingKey>, KeysUnavailable> {
    let set: JwkSet = serde_json::from_slice(text)
        .map_err(|_| KeysUnavailable("the answer is no JWK Set".to_owned()))?;
    let keys: HashMap<_, _> = set.keys.iter().take(MAX_KEYS).filter_map(usable).collect();
    if keys.is_empty() {
        return Err(KeysUnavailable(
            "the answer holds no key for RS256".to_owned(),
        ));
    }
    Ok(keys)
}

fn usable(key: &Jwk) -> Option<(String, DecodingKey)> {
    let AlgorithmParameters::RSA(parts) = &key.algorithm else {
        return None;
    };
    let common = &key.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let rs256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    let id = common.key_id.clone()?;
    let key = DecodingKey::from_rsa_components(&parts.n, &parts.e).ok()?;
    (signs && rs256).then_some((id, key))
}
