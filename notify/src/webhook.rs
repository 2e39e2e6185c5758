//! Signed webhooks.
//!
//! A receiver checks `Berth-Signature`: `v1=` and the hexadecimal HMAC-SHA256, under the secret its owner chose, of the value of
//! `Berth-Timestamp`, a full stop, and the body as received; and it refuses timestamps older than a few minutes.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use berth_domain::egress::is_global;
use berth_domain::notification::{Delivery, Notification, WEBHOOK_SECRET, user_scope};
use berth_domain::run::Reason;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::json;
use sha2::Sha256;
use url::{Host, Url};

use crate::deliver::Sent;
use crate::{Config, Deps};

/// Header with the signature.
pub const SIGNATURE: &str = "berth-signature";
/// Header with the seconds since 1970 at which it was signed.
pub const TIMESTAMP: &str = "berth-timestamp";
/// Header with the delivery's id; a repetition has the same.
const DELIVERY: &str = "berth-delivery";
/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends webhooks.
#[derive(Debug)]
pub(crate) struct Webhook {
    client: Option<Client>,
    local: bool,
}

/// The name leads to no address that may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NotPublic;

/// Looks names up and leaves out what is not public, so that the address that was checked is the one that is dialled.
#[derive(Debug)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_global(at.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl Webhook {
    pub(crate) fn new(local: bool) -> Self {
        let mut builder = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent("berth-webhook/1");
        if !local {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        let client = builder
            .build()
            .inspect_err(|error| tracing::error!(%error, "webhooks cannot be sent"))
            .ok();
        Self { client, local }
    }

    pub(crate) async fn send(
        &self,
        deps: &Deps,
        config: &Config,
        delivery: &Delivery,
        notification: &Notification,
    ) -> Sent {
        let Some(client) = &self.client else {
            return Sent::Later("no TLS certificates on this machine".to_owned());
        };
        let url = match self.address(&delivery.target) {
            Ok(url) => url,
            Err(why) => return Sent::Never(why.to_owned()),
        };
        let scope = user_scope(delivery.user_id);
        let secret = match deps.secrets.secret(&scope, WEBHOOK_SECRET).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return Sent::Never("no signing secret is set".to_owned()),
            Err(error) => {
                tracing::error!(%error, cause = %error.source, "a signing secret cannot be read");
                return Sent::Later("the signing secret cannot be read".to_owned());
            }
        };
        let body = body(config, delivery, notification).to_string();
        let at = deps.clock.now().as_second();
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header(DELIVERY, delivery.id.to_string())
            .header(TIMESTAMP, at.to_string())
            .header(SIGNATURE, signature(&secret, at, &body))
            .body(body);
        match request.send().await {
            Ok(answer) => verdict(answer.status()),
            Err(error) => Sent::Later(reason(&error)),
        }
    }

    /// The address, if it may be called.
    fn address(&self, target: &str) -> Result<Url, &'static str> {
        let url = Url::parse(target).map_err(|_| "not an address")?;
        let public = match url.host() {
            Some(Host::Ipv4(ip)) => is_global(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_global(IpAddr::V6(ip)),
            // The resolver looks at what a name leads to.
            Some(Host::Domain(_)) => true,
            None => return Err("no host in the address"),
        };
        match url.scheme() {
            "https" if public || self.local => Ok(url),
            "http" if self.local => Ok(url),
            "https" => Err("not a public address"),
            _ => Err("only https addresses are called"),
        }
    }
}

/// The value of [`SIGNATURE`].
pub fn signature(secret: &str, at: i64, body: &str) -> String {
    use std::fmt::Write as _;

    #[expect(
        clippy::expect_used,
        reason = "HMAC takes keys of every length (RFC 2104, section 2)"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key is good");
    mac.update(format!("{at}.{body}").as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().fold("v1=".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn body(config: &Config, delivery: &Delivery, notification: &Notification) -> serde_json::Value {
    let link = |run| format!("{}/runs/{run}", config.dashboard);
    json!({
        "id": delivery.id,
        "notification_id": notification.id,
        "kind": notification.kind.as_str(),
        "at": notification.at,
        "agent": notification.agent_id.map(|id| json!({ "id": id, "name": notification.agent_name })),
        "run": notification.run_id.map(|id| json!({
            "id": id,
            "reason": notification.reason.map(Reason::as_str),
            "url": link(id),
        })),
        "detail": notification.detail,
    })
}

fn verdict(status: StatusCode) -> Sent {
    let words = format!("HTTP {}", status.as_u16());
    if status.is_success() {
        Sent::Delivered(words)
    } else if status == StatusCode::GONE {
        // The receiver says that it wants no more of these.
        Sent::Never(words)
    } else {
        Sent::Later(words)
    }
}

/// Without the address, which may carry a secret in its path.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    source.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_is_called_in_the_cloud() {
        let public = Webhook {
            client: None,
            local: false,
        };
        assert!(public.address("https://example.com/hook").is_ok());
        for bad in [
            "http://example.com/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://10.0.0.8/",
            "file:///etc/passwd",
            "example.com",
        ] {
            assert!(public.address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_machine_may_call_itself() {
        let local = Webhook {
            client: None,
            local: true,
        };
        assert!(local.address("http://127.0.0.1:9000/hook").is_ok());
        assert!(local.address("ftp://127.0.0.1/").is_err());
    }

    #[test]
    fn the_signature_covers_time_and_body() {
        let good = signature("secret", 1, "{}");
        // By another program: printf '1.{}' | openssl dgst -sha256 -hmac secret
        assert_eq!(
            good,
            "v1=1122767b193110cfec322b6f199b599edbf608ed087f2d27afb0b97d99523908"
        );
        assert_ne!(good, signature("secret", 2, "{}"));
        assert_ne!(good, signature("secret", 1, "{ }"));
        assert_ne!(good, signature("other", 1, "{}"));
    }

    #[test]
    fn what_a_receiver_answers_decides() {
        assert!(matches!(
            verdict(StatusCode::NO_CONTENT),
            Sent::Delivered(_)
        ));
        assert!(matches!(
            verdict(StatusCode::SERVICE_UNAVAILABLE),
            Sent::Later(_)
        ));
        assert!(matches!(verdict(StatusCode::FOUND), Sent::Later(_)));
        assert!(matches!(verdict(StatusCode::GONE), Sent::Never(_)));
    }
}
