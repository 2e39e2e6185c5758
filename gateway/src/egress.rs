//! Tunnels to hosts the owner allowed: `CONNECT host:443`.
//!
//! Decide by name, resolve once, refuse if any answer is not public, dial the address that was checked, and let bytes pass
//! only after a TLS greeting to that very name. Every verdict is in the audit trail before anything flows; a trail that
//! cannot be written denies.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::egress::{Denial, Host, PORT, is_global, parse_authority};
use berth_domain::ports::audit::{AuditEntry, Verdict};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION};
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpStream;

use crate::grants::{Granted, NotGranted};
use crate::http::{Body, Refusal, full};
use crate::server::{Context, Place, Workspace};

mod client_hello;
mod tunnel;

#[cfg(test)]
pub(crate) use client_hello::tests::hello_to;

/// Hosts that serve models or their files; with a key of the attacker's own they would be a way out.
const MODEL_HOSTS: &[&str] = &["anthropic.com", "claude.ai"];

/// Answers a `CONNECT`. Everything refused here is audited, except a caller without a token: it belongs to no run.
pub(crate) async fn handle(
    context: &Arc<Context>,
    workspace: &Workspace,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let Some(token) = proxy_token(request.headers()) else {
        return Ok(unauthenticated());
    };
    let granted = match context.granted(workspace.user, &token) {
        Ok(granted) => granted,
        Err(NotGranted::Unknown) => return Ok(unauthenticated()),
        Err(NotGranted::Later) => return Err(Refusal::later()),
    };
    context.certain(&granted).await?;
    let target = request.uri().to_string();
    let trail = Trail {
        context: Arc::clone(context),
        granted,
        target,
    };
    match admit(&trail).await {
        Ok((host, stream, reason)) => {
            trail.record(Verdict::Allowed, reason, 0, 0).await?;
            let tasks = context.tasks.clone();
            let closed = workspace.closed();
            let place = request.extensions().get::<Place>().cloned();
            let upgrade = hyper::upgrade::on(request);
            tasks.spawn(async move {
                let _place = place;
                tokio::select! {
                    () = tunnel::run(trail, host, upgrade, stream) => {}
                    () = closed.cancelled() => {}
                }
            });
            Ok(Response::new(full("")))
        }
        Err(denial) => {
            trail.record(Verdict::Denied, denial.as_str(), 0, 0).await?;
            Err(Refusal::forbidden(denial.to_string()))
        }
    }
}

/// All decisions, then the connection to the address that was decided upon.
async fn admit(trail: &Trail) -> Result<(Host, TcpStream, &'static str), Denial> {
    let host = parse_authority(&trail.target)?;
    let network = &trail.context.config.network;
    let reason = trail
        .granted
        .grant
        .egress
        .decide(&host, &model_hosts(&trail.context))?;
    let addresses = network
        .resolve(&host)
        .await
        .map_err(|_| Denial::Unresolved)?;
    if addresses.is_empty() {
        return Err(Denial::Unresolved);
    }
    if !addresses.iter().copied().all(is_global) {
        return Err(Denial::NotGlobal);
    }
    for address in addresses {
        let dialled = tokio::time::timeout(
            tunnel::DIAL_TIMEOUT,
            network.dial(SocketAddr::new(address, PORT)),
        )
        .await;
        if let Ok(Ok(stream)) = dialled {
            return Ok((host, stream, reason));
        }
    }
    Err(Denial::Unreachable)
}

/// The fixed ones and the one in the settings.
fn model_hosts(context: &Context) -> Vec<String> {
    let configured = url::Url::parse(&context.config.model.borrow().base_url).ok();
    let configured = configured.and_then(|url| url.host_str().map(str::to_owned));
    MODEL_HOSTS
        .iter()
        .map(|&host| host.to_owned())
        .chain(configured)
        .collect()
}

/// The token of `Proxy-Authorization: Basic base64("berth:" token)`.
fn proxy_token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(PROXY_AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    String::from_utf8(decoded)
        .ok()?
        .strip_prefix("berth:")
        .map(str::to_owned)
}

fn unauthenticated() -> Response<Body> {
    let status = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    let refusal = Refusal::new(status, "authentication_error", "a run token is required");
    let mut response = refusal.into_response();
    response.headers_mut().insert(
        PROXY_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"berth\""),
    );
    response
}

/// Where the verdicts about one request go.
#[derive(Debug)]
struct Trail {
    context: Arc<Context>,
    granted: Arc<Granted>,
    /// As the container wrote it.
    target: String,
}

impl Trail {
    async fn record(
        &self,
        verdict: Verdict,
        reason: &str,
        bytes_up: u64,
        bytes_down: u64,
    ) -> Result<(), Refusal> {
        let (host, port) = self.target.rsplit_once(':').unwrap_or((&self.target, ""));
        let entry = AuditEntry {
            run_id: self.granted.grant.run_id,
            user_id: self.granted.grant.user_id,
            at: self.context.clock.now(),
            host: host.escape_default().take(255).collect(),
            port: port.parse().unwrap_or(0),
            verdict,
            reason: reason.to_owned(),
            bytes_up,
            bytes_down,
        };
        self.context.audit.record(&entry).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, run.id = %entry.run_id, "egress denied: no audit");
            Refusal::forbidden("connections cannot be recorded at the moment, so none is made")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_comes_as_the_password_of_berth() {
        let token = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(PROXY_AUTHORIZATION, value.parse().unwrap());
            proxy_token(&headers)
        };
        assert_eq!(
            token(&format!("Basic {}", STANDARD.encode("berth:t:1"))).as_deref(),
            Some("t:1")
        );
        for wrong in [
            "Basic !",
            "Bearer t",
            &format!("Basic {}", STANDARD.encode("else:t")),
        ] {
            assert_eq!(token(wrong), None, "{wrong}");
        }
    }
}
