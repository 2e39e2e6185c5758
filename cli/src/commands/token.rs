//! `berth token create`: works beside a running server, on the same data folder.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use berth_domain::clock::Clock as _;
use berth_domain::ports::credentials::Credentials as _;
use berth_domain::ports::users::Users as _;
use berth_domain::user::{Credential, CredentialKind, is_valid_name};

use crate::config::up::{TokenCommand, TokenOptions};
use crate::wiring::clock::SystemClock;
use crate::wiring::credentials;
use crate::wiring::data::DataDir;

pub(crate) fn run(command: TokenCommand) -> anyhow::Result<ExitCode> {
    let TokenCommand::Create(options) = command;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?
        .block_on(create(options))
}

async fn create(options: TokenOptions) -> anyhow::Result<ExitCode> {
    if !is_valid_name(&options.user) {
        bail!(
            "{:?} cannot be a user's name: 1 to 64 letters, digits, `-`, `_`, `.` or `@`",
            options.user
        );
    }
    let data = DataDir::open(&options.data.data)?;
    let store = data.store()?;
    let clock = SystemClock;
    let now = clock.now();
    let user = store
        .ensure_user(&options.user, clock.uuid().into(), now)
        .await
        .context("the user cannot be stored")?;
    let (text, hash) = credentials::fresh("berth_token_")?;
    store
        .add_credential(&Credential {
            hash,
            kind: CredentialKind::ApiToken,
            user_id: user.id,
            label: options.label,
            created_at: now,
            expires_at: None,
            account: None,
        })
        .await
        .context("the token cannot be stored")?;
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}
