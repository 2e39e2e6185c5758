//! Configuration of the api, which is the same wherever it runs.

use std::net::SocketAddr;

use berth_api::{Config, Limits};
use berth_domain::quota::Quota;
use berth_domain::usage::MicroUsd;

use super::sign_in::SignIn;
use crate::config::UserLimitOptions;

/// `demo`: whether the scripted model can be switched on. `month`: the most that any user's month may cost.
pub(crate) fn config(
    options: &UserLimitOptions,
    sign_in: SignIn,
    address: SocketAddr,
    demo: bool,
    month: Option<MicroUsd>,
) -> Config {
    Config {
        listen: address,
        public_origins: sign_in.public_origin.into_iter().collect(),
        cookie_secure: sign_in.secure,
        google: sign_in.google,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        demo_available: demo,
        quota: Quota {
            concurrent_runs: options.concurrent_runs,
        },
        agents: options.agents,
        limits: Limits {
            upload_bytes: u64::from(options.upload_limit_mib) * 1024 * 1024,
            month,
            ..Limits::default()
        },
    }
}
