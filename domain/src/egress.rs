//! Which hosts a run may reach, decided without touching the network.
//!
//! Everything here is strict on purpose: a name that two parsers could read differently is refused instead of normalised.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod address;

pub use address::is_global;

/// The only port that may be reached: what speaks TLS and names its server.
pub const PORT: u16 = 443;

/// Resolvers that answer DNS over HTTPS: a tunnel to one would get around the name checks. Suffixes, matched whole labels at
/// a time. The list cannot be complete, which is why the default policy names hosts instead of excluding them.
const DOH_RESOLVERS: &[&str] = &[
    "dns.google",
    "dns.google.com",
    "dns64.dns.google",
    "cloudflare-dns.com",
    "one.one.one.one",
    "1dot1dot1dot1.cloudflare-dns.com",
    "quad9.net",
    "opendns.com",
    "nextdns.io",
    "adguard.com",
    "adguard-dns.com",
    "cleanbrowsing.org",
    "controld.com",
    "mullvad.net",
    "dns.sb",
    "doh.li",
    "libredns.gr",
    "dns.alidns.com",
    "doh.pub",
    "dns.twnic.tw",
    "iij.jp",
];

/// Why a host is not reached. `as_str` is what the audit trail keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("the target is not a plain host name and port")]
    Malformed,
    #[error("addresses are not reachable, only host names")]
    IpLiteral,
    #[error("only port 443 is reachable")]
    Port,
    #[error("this run may reach package registries only")]
    PackagesOnly,
    #[error("the host is not on this run's list")]
    NotListed,
    #[error("the model is reached through the gateway's own path")]
    ModelHost,
    #[error("DNS over HTTPS is not reachable")]
    Resolver,
    #[error("the name does not resolve")]
    Unresolved,
    #[error("the name resolves to an address inside a private network")]
    NotGlobal,
    #[error("the host does not answer")]
    Unreachable,
    #[error("the connection does not begin with TLS")]
    NotTls,
    #[error("the TLS server name is another one")]
    ServerName,
}

impl Denial {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::IpLiteral => "ip_literal",
            Self::Port => "port",
            Self::PackagesOnly => "packages_only",
            Self::NotListed => "not_listed",
            Self::ModelHost => "model_host",
            Self::Resolver => "resolver",
            Self::Unresolved => "unresolved",
            Self::NotGlobal => "not_global",
            Self::Unreachable => "unreachable",
            Self::NotTls => "not_tls",
            Self::ServerName => "server_name",
        }
    }
}

/// A host name in lower case: ASCII letters, digits and hyphens in at least two labels, the last of which is not a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host(String);

impl Host {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `suffix` or a name below it; labels are compared whole.
    fn is_within(&self, suffix: &str) -> bool {
        self.0
            .strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl FromStr for Host {
    type Err = Denial;

    fn from_str(text: &str) -> Result<Self, Denial> {
        if text.starts_with('[') || text.contains("::") {
            return Err(Denial::IpLiteral);
        }
        if text.is_empty() || text.len() > 253 || !text.split('.').all(is_label) {
            return Err(Denial::Malformed);
        }
        // 127.0.0.1, 2130706433, 0x7f.1 and 0177.1 are all addresses to some resolver; no top-level domain begins with a digit.
        let last = text.rsplit('.').next().unwrap_or_default();
        if last.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Denial::IpLiteral);
        }
        if !text.contains('.') {
            return Err(Denial::Malformed);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Reads the target of a `CONNECT`: exactly `host:443`.
pub fn parse_authority(text: &str) -> Result<Host, Denial> {
    if text.starts_with('[') {
        return Err(Denial::IpLiteral);
    }
    let (host, port) = text.rsplit_once(':').ok_or(Denial::Malformed)?;
    let host = host.parse()?;
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    match port {
        "443" => Ok(host),
        _ if digits => Err(Denial::Port),
        _ => Err(Denial::Malformed),
    }
}

/// One entry of an allow-list: an exact host, or `*.suffix` for every name below the suffix (not the suffix itself).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    host: Host,
    below: bool,
}

/// The text is no host pattern.
#[derive(Debug, thiserror::Error)]
#[error("not a host or *.suffix: {0:?}")]
pub struct ParseHostPatternError(String);

impl HostPattern {
    pub fn matches(&self, host: &Host) -> bool {
        if self.below {
            host != &self.host && host.is_within(self.host.as_str())
        } else {
            host == &self.host
        }
    }
}

impl FromStr for HostPattern {
    type Err = ParseHostPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (below, name) = text
            .strip_prefix("*.")
            .map_or((false, text), |suffix| (true, suffix));
        let host = name
            .parse()
            .map_err(|_| ParseHostPatternError(text.to_owned()))?;
        Ok(Self { host, below })
    }
}

impl TryFrom<String> for HostPattern {
    type Error = ParseHostPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.below { "*." } else { "" };
        write!(f, "{star}{}", self.host.as_str())
    }
}

/// How far a run reaches, chosen by the owner of its agent. Package registries are open in every mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "mode", content = "hosts")]
pub enum EgressPolicy {
    PackagesOnly,
    Hosts(Vec<HostPattern>),
    /// Any public host; every one is recorded.
    Open,
}

impl Default for EgressPolicy {
    /// Listed hosts, and none is listed.
    fn default() -> Self {
        Self::Hosts(Vec::new())
    }
}

impl EgressPolicy {
    /// Whether `host` may be reached; `model_hosts` and what is below them are refused whatever the policy says. Returns the
    /// reason for the trail.
    pub fn decide(&self, host: &Host, model_hosts: &[String]) -> Result<&'static str, Denial> {
        if model_hosts
            .iter()
            .any(|model| host.is_within(&model.to_ascii_lowercase()))
        {
            return Err(Denial::ModelHost);
        }
        if DOH_RESOLVERS
            .iter()
            .any(|resolver| host.is_within(resolver))
        {
            return Err(Denial::Resolver);
        }
        match self {
            Self::PackagesOnly => Err(Denial::PackagesOnly),
            Self::Hosts(list) if list.iter().any(|pattern| pattern.matches(host)) => Ok("listed"),
            Self::Hosts(_) => Err(Denial::NotListed),
            Self::Open => Ok("open"),
        }
    }
}

#[cfg(test)]
mod tests;
