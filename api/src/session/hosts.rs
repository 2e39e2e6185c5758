//! Which names this server answers to, and which origins its own pages have.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};

use crate::app::Shared;
use crate::problem::{Code, Problem};

/// Names and origins. On a loopback address every other name is refused: a foreign name that was pointed at 127.0.0.1
/// (DNS rebinding) would make a browser treat somebody else's page as ours.
#[derive(Debug)]
pub(crate) struct HostPolicy {
    loopback: bool,
    listen: IpAddr,
    public_origins: Vec<String>,
}

impl HostPolicy {
    pub(crate) fn new(listen: SocketAddr, public_origins: &[String]) -> Self {
        let public_origins = public_origins
            .iter()
            .map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())
            .collect();
        Self {
            loopback: listen.ip().is_loopback(),
            listen: listen.ip(),
            public_origins,
        }
    }

    /// Whether the request may be answered under this `Host`.
    fn allows_host(&self, host: &str) -> bool {
        !self.loopback || self.is_local(host) || self.is_public(host)
    }

    /// Whether the request's `Origin` is one of ours. Absent, doubled and `null` ones are not.
    pub(crate) fn allows_origin(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return false;
        };
        let Ok(origin) = origin.to_str().map(str::to_ascii_lowercase) else {
            return false;
        };
        let own = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .is_some_and(|host| {
                self.is_local(host) && origin == format!("http://{}", host.to_ascii_lowercase())
            });
        own || self.public_origins.contains(&origin)
    }

    fn is_local(&self, host: &str) -> bool {
        let name = without_port(host);
        if !self.loopback {
            return false;
        }
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || address
                .parse::<IpAddr>()
                .is_ok_and(|ip| ip == self.listen || ip.is_loopback())
    }

    fn is_public(&self, host: &str) -> bool {
        self.public_origins.iter().any(|origin| {
            origin
                .split_once("://")
                .is_some_and(|(_, own)| own.eq_ignore_ascii_case(host))
        })
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Refuses requests under foreign names.
pub(crate) async fn check_host(
    State(app): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
    if host.is_some_and(|host| app.hosts.allows_host(host)) {
        next.run(request).await
    } else {
        Problem::from(Code::Host).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(policy: &HostPolicy, host: &'static str, origin: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        policy.allows_origin(&headers)
    }

    #[test]
    fn loopback_answers_to_its_own_names_only() {
        let policy = HostPolicy::new(
            "127.0.0.1:8080".parse().unwrap(),
            &["https://berth.example".into()],
        );
        for good in ["localhost:8080", "127.0.0.1", "[::1]:9", "berth.example"] {
            assert!(policy.allows_host(good), "{good}");
        }
        for bad in ["evil.example:8080", "127.0.0.1.evil", "", "localhost.evil"] {
            assert!(!policy.allows_host(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_the_own_host_or_a_configured_one() {
        let policy = HostPolicy::new(
            "127.0.0.1:8080".parse().unwrap(),
            &["https://berth.example/".into()],
        );
        assert!(origin(&policy, "localhost:8080", "http://localhost:8080"));
        assert!(origin(&policy, "berth.example", "https://berth.example"));
        assert!(!origin(&policy, "localhost:8080", "http://localhost:3000"));
        assert!(!origin(&policy, "evil.example", "http://evil.example"));
        assert!(!origin(&policy, "localhost:8080", "null"));
        let public = HostPolicy::new("0.0.0.0:80".parse().unwrap(), &[]);
        assert!(!origin(&public, "localhost", "http://localhost"));
    }
}
