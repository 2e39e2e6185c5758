//! What of a caller's header fields means something, and what goes upstream in its place.

use berth_domain::ports::gateway::{CallErrorKind, ModelSettings};
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::Failure;
use crate::http::{Refusal, copy_fields};

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
pub(super) const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Betas that would switch on what the body may not ask for.
const REFUSED_BETAS: &[&str] = &[
    "files-api",
    "mcp-client",
    "code-execution",
    "web-fetch",
    "web-search",
    "skills",
    "fast-mode",
];

/// The token of a request: `Authorization: Bearer` and nothing beside it.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let refused = || Refusal::unauthorized("a run token is required, and no other key is accepted");
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None, false) = (values.next(), values.next(), headers.contains_key(&API_KEY))
    else {
        return Err(refused());
    };
    value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(refused)
}

/// What goes upstream beside the body: the real credential, and of the caller's fields only those that mean something there.
pub(super) fn upstream_headers(
    from: &HeaderMap,
    settings: &ModelSettings,
) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    copy_fields(from, &mut headers, &[ANTHROPIC_VERSION, USER_AGENT, ACCEPT]);
    let betas: Vec<_> = betas(from).collect();
    if let (false, Ok(value)) = (betas.is_empty(), HeaderValue::from_str(&betas.join(","))) {
        headers.insert(ANTHROPIC_BETA, value);
    }
    match &settings.key {
        Some(key) => {
            let broken = || {
                no_key("the model key has characters that no key has: set it again in the settings")
            };
            let mut value = HeaderValue::from_str(key.expose()).map_err(|_| broken())?;
            value.set_sensitive(true);
            headers.insert(API_KEY, value);
        }
        None if settings.keyless => {}
        None => {
            return Err(no_key(
                "no model key is set: add one in the settings, or start the demo",
            ));
        }
    }
    Ok(headers)
}

/// What the caller asks for in `anthropic-beta`, without what it may not have.
pub(super) fn betas(from: &HeaderMap) -> impl Iterator<Item = &str> {
    from.get_all(&ANTHROPIC_BETA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|beta| {
            !beta.is_empty()
                && !REFUSED_BETAS
                    .iter()
                    .any(|refused| beta.starts_with(refused))
        })
}

fn no_key(message: &str) -> Failure {
    (CallErrorKind::NoKey, Refusal::unauthorized(message))
}

#[cfg(test)]
mod tests {
    use berth_domain::secret::Secret;
    use hyper::StatusCode;

    use super::*;

    fn settings(key: Option<&str>) -> ModelSettings {
        ModelSettings {
            base_url: "http://m".into(),
            key: key.map(Secret::new),
            keyless: false,
            vertex: None,
        }
    }

    #[test]
    fn one_bearer_token_and_no_other_key() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect()
        };
        assert_eq!(
            bearer(&headers(&[("authorization", "Bearer t")])).unwrap(),
            "t"
        );
        let refused: [&[(&str, &str)]; 5] = [
            &[],
            &[("authorization", "Basic t")],
            &[("x-api-key", "t")],
            &[("authorization", "Bearer t"), ("x-api-key", "sk")],
            &[("authorization", "Bearer t"), ("authorization", "Bearer u")],
        ];
        for pairs in refused {
            assert_eq!(
                bearer(&headers(pairs)).unwrap_err().status,
                StatusCode::UNAUTHORIZED,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn fields_and_betas_are_picked_and_the_key_is_added() {
        let mut from = HeaderMap::new();
        for (name, value) in [
            ("anthropic-version", "2023-06-01"),
            (
                "anthropic-beta",
                "claude-code-1, files-api-2025-04-14,mcp-client-2025-04-04",
            ),
            ("anthropic-beta", "interleaved-thinking-1,skills-2025-10-02"),
            ("cookie", "a=b"),
            ("authorization", "Bearer t"),
            ("x-forwarded-for", "1.2.3.4"),
            ("accept-encoding", "gzip"),
        ] {
            from.append(name, HeaderValue::from_static(value));
        }
        let headers = upstream_headers(&from, &settings(Some("sk-1"))).unwrap();
        assert_eq!(headers.len(), 3);
        assert_eq!(headers["x-api-key"], "sk-1");
        assert!(headers["x-api-key"].is_sensitive());
        assert_eq!(
            headers["anthropic-beta"],
            "claude-code-1,interleaved-thinking-1"
        );
    }

    #[test]
    fn without_a_key_the_user_is_told_so() {
        let (kind, refusal) = upstream_headers(&HeaderMap::new(), &settings(None)).unwrap_err();
        assert_eq!(
            (kind, refusal.status.as_u16(), refusal.kind),
            (CallErrorKind::NoKey, 401, "authentication_error")
        );
        assert!(refusal.message.starts_with("no model key is set"));
        let keyless = ModelSettings {
            keyless: true,
            ..settings(None)
        };
        assert!(
            upstream_headers(&HeaderMap::new(), &keyless)
                .unwrap()
                .is_empty()
        );
    }
}
