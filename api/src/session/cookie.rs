//! The cookies: the session's, and that of a sign-in under way.

use berth_domain::user::SESSION_TTL;
use http::{HeaderMap, HeaderValue, header};

/// A cookie's names: on https the prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`, so that a
/// neighbouring host cannot plant one.
struct Cookie {
    plain: &'static str,
    secure: &'static str,
    same_site: &'static str,
}

const SESSION: Cookie = Cookie {
    plain: "berth_session",
    secure: "__Host-berth_session",
    same_site: "Lax",
};

/// Ties the answer of the identity provider to the browser that asked. Our own page sends it, from our own address.
const ATTEMPT: Cookie = Cookie {
    plain: "berth_sign_in",
    secure: "__Host-berth_sign_in",
    same_site: "Strict",
};

/// How long somebody may take to choose an account, in seconds.
const ATTEMPT_TTL: i64 = 10 * 60;

impl Cookie {
    fn name(&self, secure: bool) -> &'static str {
        if secure { self.secure } else { self.plain }
    }

    fn read<'a>(&self, headers: &'a HeaderMap, secure: bool) -> Option<&'a str> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == self.name(secure)).then_some(value))
    }

    fn write(&self, secret: &str, max_age: i64, secure: bool) -> Option<HeaderValue> {
        let (name, same_site) = (self.name(secure), self.same_site);
        let flag = if secure { "; Secure" } else { "" };
        let text = format!(
            "{name}={secret}; Path=/; Max-Age={max_age}; HttpOnly; SameSite={same_site}{flag}"
        );
        HeaderValue::try_from(text).ok()
    }
}

/// The session's secret in the request's cookie.
pub(crate) fn session_cookie(headers: &HeaderMap, secure: bool) -> Option<&str> {
    SESSION.read(headers, secure)
}

/// A `Set-Cookie` with the secret, for as long as the session lasts.
pub(crate) fn set_cookie(secret: &str, secure: bool) -> Option<HeaderValue> {
    SESSION.write(secret, SESSION_TTL.as_secs(), secure)
}

/// A `Set-Cookie` that removes it.
pub(crate) fn clear_cookie(secure: bool) -> Option<HeaderValue> {
    SESSION.write("", 0, secure)
}

/// The secret of a sign-in under way.
pub(crate) fn attempt_cookie(headers: &HeaderMap, secure: bool) -> Option<&str> {
    ATTEMPT.read(headers, secure)
}

/// A `Set-Cookie` that begins a sign-in.
pub(crate) fn set_attempt(secret: &str, secure: bool) -> Option<HeaderValue> {
    ATTEMPT.write(secret, ATTEMPT_TTL, secure)
}

/// A `Set-Cookie` that ends it.
pub(crate) fn clear_attempt(secure: bool) -> Option<HeaderValue> {
    ATTEMPT.write("", 0, secure)
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
