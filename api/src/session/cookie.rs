//! The session cookie.

use berth_domain::user::SESSION_TTL;
use http::{HeaderMap, HeaderValue, header};

const NAME: &str = "berth_session";
/// The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`: a neighbouring host cannot plant one.
const SECURE_NAME: &str = "__Host-berth_session";

fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { NAME }
}

/// The secret in the request's cookie.
pub(crate) fn session_cookie(headers: &HeaderMap, secure: bool) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name(secure)).then_some(value))
}

/// A `Set-Cookie` with the secret, for as long as the session lasts.
pub(crate) fn set_cookie(secret: &str, secure: bool) -> Option<HeaderValue> {
    header_value(secret, SESSION_TTL.as_secs(), secure)
}

/// A `Set-Cookie` that removes it.
pub(crate) fn clear_cookie(secure: bool) -> Option<HeaderValue> {
    header_value("", 0, secure)
}

fn header_value(secret: &str, max_age: i64, secure: bool) -> Option<HeaderValue> {
    let name = name(secure);
    let flag = if secure { "; Secure" } else { "" };
    let text = format!("{name}={secret}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{flag}");
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; berth_session=x-y_z; berth_session2=no"),
        );
        assert_eq!(session_cookie(&headers, false), Some("x-y_z"));
        assert_eq!(session_cookie(&headers, true), None);
    }

    #[test]
    fn on_https_the_cookie_is_bound_to_the_host() {
        let value = set_cookie("s", true).unwrap();
        assert_eq!(
            value,
            "__Host-berth_session=s; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
