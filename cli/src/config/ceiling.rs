//! What an installation lets a user's month cost at the most: gateways hold to it, the api shows it.

use berth_domain::usage::MicroUsd;
use clap::Args;

/// Told to both.
#[derive(Debug, Clone, Args)]
pub(crate) struct CeilingOptions {
    /// The most that any user's month may cost, in US dollars, also where they have set more or nothing for themselves; unlimited
    /// without.
    #[arg(long, env = "BERTH_MAX_MONTH_USD", value_parser = ceiling, default_value = "", hide_default_value = true)]
    pub(crate) max_month_usd: Ceiling,
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
