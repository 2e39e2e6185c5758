//! The key with which gateways sign the links that they put into package indexes. It is the installation's: npm and uv write such links into
//! lock files, which move to another machine with their workspace.
//!
//! It lies in the store as it is. A workspace that knew it could fetch public files past its list of hosts; who reads the store could do more.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::run_token::TokenKey;
use berth_gcp::Store;

/// Name of the setting.
const LINK_KEY: &str = "link-key";
const BYTES: usize = 32;

/// The key; the first gateway of the installation makes it.
pub(crate) async fn ensure(store: &Store) -> anyhow::Result<TokenKey> {
    let mut fresh = [0; BYTES];
    getrandom::fill(&mut fresh).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let kept = store.setting_or(LINK_KEY, &STANDARD.encode(fresh)).await?;
    let bytes = STANDARD.decode(kept).ok();
    let bytes = bytes.and_then(|bytes| <[u8; BYTES]>::try_from(bytes).ok());
    Ok(TokenKey::new(bytes.context("the stored key is none")?))
}
