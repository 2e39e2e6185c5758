//! An installation with sign-in with Google, and browsers that use it.

use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use berth_api::GoogleSignIn;
use berth_domain::account::Admission;
use berth_domain::clock::Clock;
use berth_fake_oidc::{Issuer, person};
use berth_oidc::{KeySource, KeysUnavailable, Verifier};
use http::{Method, header};
use serde_json::{Value, json};
use url::Url;

use super::{Answer, Rig};

/// Our OAuth client.
pub(crate) const CLIENT: &str = "client.apps.googleusercontent.com";
/// Where our pages are.
pub(crate) const OWN: &str = "https://berth.example";

/// Google. Keys are slow to make: all tests share one.
pub(crate) static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::new("k1"));

/// Google's keys; none while it is away.
#[derive(Debug, Default)]
struct Keys(Mutex<bool>);

#[async_trait]
impl KeySource for Keys {
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnavailable> {
        if *self.0.lock().unwrap() {
            return Err(KeysUnavailable("internal detail".to_owned()));
        }
        Ok(ISSUER.jwks().to_string().into_bytes())
    }
}

/// The installation, and Google.
pub(crate) struct Google {
    pub(crate) rig: Rig,
    keys: Arc<Keys>,
}

impl Google {
    /// Members of example.com may come in, and guest@mail.example; owner@example.com is the owner.
    pub(crate) async fn new() -> Self {
        let admission = Admission {
            anyone: false,
            domains: vec!["example.com".to_owned()],
            emails: vec!["guest@mail.example".to_owned()],
        };
        Self::admitting(admission).await
    }

    pub(crate) async fn admitting(admission: Admission) -> Self {
        let keys = Arc::<Keys>::default();
        let google = GoogleSignIn {
            client_id: CLIENT.to_owned(),
            authorize_url: Url::parse("https://accounts.google.com/o/oauth2/v2/auth").unwrap(),
            redirect_uri: Url::parse("https://berth.example/sign-in").unwrap(),
            verifier: Verifier::new(keys.clone()),
            admission,
            owners: vec!["owner@example.com".to_owned()],
        };
        Self {
            rig: Rig::with_google(google).await,
            keys,
        }
    }

    pub(crate) fn goes_away(&self) {
        *self.keys.0.lock().unwrap() = true;
    }

    /// Begins a sign-in: the attempt's cookie, and Google's page.
    pub(crate) async fn begin(&self) -> (String, Url) {
        let path = "/api/auth/google";
        let answer = self
            .rig
            .call_with(Method::GET, path, &[], Body::empty())
            .await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let page = Url::parse(answer.header("location")).unwrap();
        (cookies(&answer).remove(0), page)
    }

    /// Claims of somebody at example.com, in answer to `page`.
    pub(crate) fn claims(&self, page: &Url, sub: &str, email: &str) -> Value {
        let nonce = page.query_pairs().find(|(name, _)| name == "nonce");
        let nonce = nonce.unwrap().1.into_owned();
        let now = self.rig.clock.now().as_second();
        let mut claims = person(CLIENT, &nonce, sub, email, now);
        claims["hd"] = json!("example.com");
        claims
    }

    /// Hands Google's answer in, with these cookies.
    pub(crate) async fn finish(&self, cookies: &str, token: &str) -> Answer {
        let headers = [
            ("cookie", cookies),
            ("origin", OWN),
            ("content-type", "application/json"),
        ];
        let body = json!({ "credential": token }).to_string();
        let path = "/api/auth/google";
        self.rig.call_with(Method::POST, path, &headers, body).await
    }

    /// Signs somebody at example.com in and gives the session's cookie.
    pub(crate) async fn sign_in(&self, sub: &str, email: &str) -> String {
        let (attempt, page) = self.begin().await;
        let token = ISSUER.sign(&self.claims(&page, sub, email));
        let answer = self.finish(&attempt, &token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        cookies(&answer).remove(0)
    }

    /// A request of a browser with this cookie.
    pub(crate) async fn call(
        &self,
        cookie: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Answer {
        let headers = [
            ("cookie", cookie),
            ("origin", OWN),
            ("content-type", "application/json"),
        ];
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        self.rig.call_with(method, path, &headers, body).await
    }

    pub(crate) async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.call(cookie, Method::GET, path, Value::Null).await
    }
}

/// The cookies that an answer sets, as a browser sends them back.
pub(crate) fn cookies(answer: &Answer) -> Vec<String> {
    let set = answer.headers.get_all(header::SET_COOKIE);
    set.iter()
        .map(|value| {
            value
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}
