//! Flags of `berth gateway`.

use std::net::SocketAddr;
use std::path::PathBuf;

use berth_domain::usage::MicroUsd;
use clap::{Args, ValueEnum};

use super::cloud::{CloudOptions, KmsOptions};

/// `berth gateway`.
#[derive(Debug, Args)]
pub(crate) struct GatewayOptions {
    #[command(flatten)]
    pub(crate) cloud: CloudOptions,
    #[command(flatten)]
    pub(crate) kms: KmsOptions,
    #[command(flatten)]
    pub(crate) upstream: UpstreamOptions,
    /// Folder of sockets, which it shares with the runner of its machine.
    #[arg(long, env = "BERTH_DATA", default_value = "/var/lib/berth/data")]
    pub(crate) data: PathBuf,
    /// The most that any user's month may cost, in US dollars, also where they have set more or nothing for themselves; unlimited
    /// without.
    #[arg(long, env = "BERTH_MAX_MONTH_USD", value_parser = ceiling, default_value = "", hide_default_value = true)]
    pub(crate) max_month_usd: Ceiling,
    /// Address for health checks.
    #[arg(long, env = "BERTH_LISTEN", default_value = "127.0.0.1:8091")]
    pub(crate) listen: SocketAddr,
}

/// Who answers model calls, and as whom they are made.
#[derive(Debug, Args)]
pub(crate) struct UpstreamOptions {
    /// The Anthropic API with a key, or Claude on Vertex AI with this machine's service account.
    #[arg(long, env = "BERTH_MODEL_UPSTREAM", value_enum, default_value_t = UpstreamKind::Anthropic)]
    pub(crate) model_upstream: UpstreamKind,
    /// Where in Secret Manager the key of the Anthropic API is: `projects/…/secrets/…`.
    #[arg(long, env = "BERTH_GCP_MODEL_KEY")]
    pub(crate) model_key: Option<String>,
    /// The key itself; of use where there is no Secret Manager.
    #[arg(long, env = "ANTHROPIC_API_KEY", hide_env_values = true)]
    pub(crate) anthropic_api_key: Option<String>,
    /// Where the model API is. With an address of your own and no key, it is asked without one.
    #[arg(long, env = "BERTH_MODEL_URL")]
    pub(crate) model_url: Option<String>,
    /// Region of Vertex AI, or `global`, `us`, `eu`; the region of everything else without.
    #[arg(long, env = "BERTH_VERTEX_REGION")]
    pub(crate) vertex_region: Option<String>,
    /// Models that the project may use on Vertex AI, which workspaces are told of: Google has no list of them.
    #[arg(long, env = "BERTH_VERTEX_MODELS", value_delimiter = ',')]
    pub(crate) vertex_models: Vec<String>,
    /// `HOST:PORT` of a stand-in for Secret Manager.
    #[arg(long, env = "SECRET_MANAGER_EMULATOR_HOST", hide = true)]
    pub(crate) secret_manager_emulator: Option<String>,
}

/// Who answers model calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UpstreamKind {
    Anthropic,
    Vertex,
}

/// The most that something may cost, if there is such a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling(pub(crate) Option<MicroUsd>);

/// US dollars, in millionths; an empty variable is how scripts say "none". What is no amount must not come to mean "unlimited".
fn ceiling(text: &str) -> Result<Ceiling, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Ceiling(None));
    }
    let amount: f64 = text.parse().map_err(|_| "not an amount")?;
    if !amount.is_finite() || amount < 0.0 {
        return Err("not an amount");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a float's cast saturates: 2^64 millionths are no limit anyway"
    )]
    Ok(Ceiling(Some(MicroUsd((amount * 1e6).round() as u64))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_nothing_else_is_one() {
        let of = |text| ceiling(text).map(|Ceiling(amount)| amount);
        assert_eq!(of("20"), Ok(Some(MicroUsd(20_000_000))));
        assert_eq!(of(" 0.1 "), Ok(Some(MicroUsd(100_000))));
        assert_eq!(of("0"), Ok(Some(MicroUsd::ZERO)));
        assert_eq!(of(""), Ok(None));
        for wrong in ["-1", "NaN", "inf", "20 USD"] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
