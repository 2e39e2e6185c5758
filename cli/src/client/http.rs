//! Requests to the REST API.

use std::time::Duration;

use jiff::tz::TimeZone;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Failure, note};
use crate::config::client::Connection;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take that is not a stream.
const ANSWER: Duration = Duration::from_mins(1);
/// How long a stream may be silent; the server sends a sign of life every 20 seconds.
const SILENCE: Duration = Duration::from_mins(1);

/// A server, and who asks it.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: Url,
    token: Option<String>,
    /// Whether the caller is a program that wants the API's JSON.
    pub(crate) json: bool,
    /// Where the person is: times are shown in this zone.
    pub(crate) zone: TimeZone,
}

impl Client {
    /// A client; nothing is sent.
    pub(crate) fn new(connection: &Connection) -> Result<Self, Failure> {
        let server = address(&connection.server)?;
        let token = token(connection)?;
        let local = is_loopback(&server);
        if token.is_some() && server.scheme() == "http" && !local {
            note(
                "warning: the token goes over the network unencrypted; use https, or a tunnel (ssh -L)",
            );
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // The API never redirects, and a token must not follow to wherever something else does.
            .redirect(Policy::none())
            .user_agent(concat!("berth/", env!("CARGO_PKG_VERSION")));
        if local {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| Failure::Input(format!("connections cannot be made: {error}")))?;
        Ok(Self {
            http,
            server,
            token,
            json: connection.json,
            zone: TimeZone::system(),
        })
    }

    /// Reads.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Answer, Failure> {
        let request = self.request(Method::GET, path, query).timeout(ANSWER);
        self.answer(request).await
    }

    /// Sends, with a body where there is one.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut request = self.request(method, path, &[]).timeout(ANSWER);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.answer(request).await
    }

    /// Starts an agent; the same key starts it once.
    pub(crate) async fn start(&self, agent: &str, key: &str) -> Result<Answer, Failure> {
        let request = self
            .request(Method::POST, &format!("/api/agents/{agent}/runs"), &[])
            .header("idempotency-key", key)
            .timeout(ANSWER);
        self.answer(request).await
    }

    /// A run's events after `seq` as they happen.
    pub(crate) async fn stream(&self, run: uuid::Uuid, seq: u64) -> Result<Response, Failure> {
        let request = self
            .request(Method::GET, &format!("/api/runs/{run}/events"), &[])
            .header("accept", "text/event-stream")
            .header("last-event-id", seq.to_string());
        let response = request.send().await.map_err(|e| self.unreachable(&e))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.refusal(response).await)
        }
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.server.clone();
        // A server behind a proxy may live below a path of its own.
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        request = request.header("accept-language", "en");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = request.send().await.map_err(|e| self.unreachable(&e))?;
        if !response.status().is_success() {
            return Err(self.refusal(response).await);
        }
        let text = response.text().await.map_err(|e| self.unreachable(&e))?;
        Ok(Answer {
            text,
            server: self.server.to_string(),
        })
    }

    /// What a status that is no success means.
    async fn refusal(&self, response: Response) -> Failure {
        let status = response.status();
        let text = match response.text().await {
            Ok(text) => text,
            Err(error) => return self.unreachable(&error),
        };
        match serde_json::from_str(&text) {
            Ok(problem) => Failure::Problem {
                problem: Box::new(problem),
                raw: self.json.then_some(text),
            },
            Err(_) => Failure::Foreign {
                server: self.server.to_string(),
                cause: format!("it answers {status} without saying why"),
            },
        }
    }

    /// What answers is not what was expected.
    pub(crate) fn foreign(&self, cause: &str) -> Failure {
        Failure::Foreign {
            server: self.server.to_string(),
            cause: cause.to_owned(),
        }
    }

    /// Nothing answers, or no longer.
    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> Failure {
        Failure::Unreachable {
            server: self.server.to_string(),
            cause: innermost(error),
        }
    }
}

/// What a server answered to a request it accepted.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The body as it came.
    pub(crate) text: String,
    server: String,
}

impl Answer {
    /// The body's content.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|error| Failure::Foreign {
            server: self.server.clone(),
            cause: error.to_string(),
        })
    }
}

fn address(text: &str) -> Result<Url, Failure> {
    let refused = |why: &str| {
        Failure::Input(format!(
            "{text:?} is not a server's address: {why}, such as http://127.0.0.1:8080"
        ))
    };
    let url = Url::parse(text).map_err(|_| refused("write it in full"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refused("it begins with http:// or https://"));
    }
    Ok(url)
}

/// The token, from its file first.
fn token(connection: &Connection) -> Result<Option<String>, Failure> {
    let text = match &connection.token_file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::Input(format!(
                "the token file {} cannot be read: {error}",
                path.display()
            ))
        })?,
        None => connection.token.clone().unwrap_or_default(),
    };
    let token = text.trim();
    if token.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Failure::Input(
            "a token is one line without spaces, as `berth token create` prints it".to_owned(),
        ));
    }
    Ok((!token.is_empty()).then(|| token.to_owned()))
}

fn is_loopback(server: &Url) -> bool {
    let host = server.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    host == "localhost" || address.is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// The cause at the bottom, which is what a person can act on ("connection refused").
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_web_address() {
        assert!(address("https://berth.example.com/team").is_ok());
        for bad in ["127.0.0.1:8080", "ftp://a", "", "localhost"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (url, local) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:80", true),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1.example.com", false),
        ] {
            assert_eq!(is_loopback(&address(url).unwrap()), local, "{url}");
        }
    }
}
