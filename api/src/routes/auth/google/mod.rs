//! Sign-in with Google: the way there, and the way back.
//!
//! `GET` gives the browser a secret in a cookie and sends it to Google with the secret's hash as nonce. Google sends it back
//! to `/sign-in` with an ID token behind the `#`, which the dashboard, not the address, hands to `POST`. A token is accepted
//! only together with the cookie whose hash it carries: one that was stolen, or planted by another site, opens nothing.

pub(super) mod begin;
pub(super) mod finish;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::google::GoogleSignIn;
use crate::problem::{Code, Problem, Result};
use crate::session::hash_of;

/// What Google is asked to put into the token.
fn nonce_of(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash_of(secret).0)
}

fn provider(app: &App) -> Result<&GoogleSignIn> {
    app.config
        .google
        .as_ref()
        .ok_or(Problem::from(Code::SignInNone))
}
