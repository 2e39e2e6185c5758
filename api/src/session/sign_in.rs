//! The sign-in link: `/?token=…` on any page of the dashboard, for the local mode.
//!
//! The link works until it expires, as often as it is opened: in a second browser, or again after a reload.

use berth_domain::user::{Credential, CredentialKind};
use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode, Uri};
use percent_encoding::percent_decode_str;

use super::{begin_session, hash_of};
use crate::app::App;
use crate::problem::{Code, Result};

/// The token in a page's address, if it has one.
pub(crate) fn link_token(uri: &Uri) -> Option<String> {
    let pair = uri
        .query()?
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="))?;
    let token = percent_decode_str(pair).decode_utf8().ok()?;
    Some(token.into_owned())
}

/// Answers a sign-in link: sends the browser to the same page without the token, with a new session if the link is valid.
///
/// A browser with an invalid link is sent on as well; the dashboard then says that it is signed out.
pub(crate) async fn sign_in(
    app: &App,
    uri: &Uri,
    headers: &HeaderMap,
    token: &str,
) -> Result<(StatusCode, HeaderMap)> {
    let mut answer = HeaderMap::new();
    answer.insert(header::LOCATION, without_token(uri)?);
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let now = app.deps.clock.now();
    let link = app.deps.credentials.credential(hash_of(token), now).await?;
    let opens =
        |link: &Credential| link.kind == CredentialKind::SignInLink && app.access.honours(link);
    if let Some(link) = link.filter(opens) {
        let begun = begin_session(app, headers, link.user_id, None).await?;
        answer.insert(header::SET_COOKIE, begun.cookie);
        tracing::info!(user.id = %link.user_id, "signed in by link");
    } else {
        tracing::info!("a sign-in link was refused");
    }
    Ok((StatusCode::SEE_OTHER, answer))
}

/// Path and query without the token. Slashes at the start are joined: `//host` would lead to another site.
fn without_token(uri: &Uri) -> Result<HeaderValue> {
    let mut target = format!("/{}", uri.path().trim_start_matches('/'));
    let rest: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("token="))
        .collect();
    if !rest.is_empty() {
        target.push('?');
        target.push_str(&rest.join("&"));
    }
    HeaderValue::try_from(target).map_err(|_| Code::Malformed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_leaves_the_address() {
        let uri: Uri = "/chat?a=1&token=x%2Dy&b=2".parse().unwrap();
        assert_eq!(link_token(&uri).as_deref(), Some("x-y"));
        assert_eq!(without_token(&uri).unwrap(), "/chat?a=1&b=2");
    }

    #[test]
    fn the_way_back_stays_on_this_site() {
        let uri: Uri = "http://x//evil.example/?token=x".parse().unwrap();
        assert_eq!(without_token(&uri).unwrap(), "/evil.example/");
    }
}
