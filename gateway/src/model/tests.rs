use berth_domain::secret::Secret;

use super::*;

fn settings(key: Option<&str>) -> ModelSettings {
    ModelSettings {
        base_url: "http://m".into(),
        key: key.map(Secret::new),
        keyless: false,
    }
}

#[test]
fn only_three_targets_exist() {
    let post = |target| Endpoint::parse(&Method::POST, target);
    assert_eq!(post("/v1/messages"), Some(Endpoint::Messages));
    assert_eq!(post("/v1/messages?beta=true"), Some(Endpoint::Messages));
    assert_eq!(
        post("/v1/messages/count_tokens"),
        Some(Endpoint::CountTokens)
    );
    assert_eq!(
        Endpoint::parse(&Method::GET, "/v1/models"),
        Some(Endpoint::Models)
    );
    for target in [
        "/v1/files",
        "/v1/messages/",
        "//v1/messages",
        "/v1/messages/../files",
        "/v1/%6dessages",
        "/v1/messages?beta=true&x=1",
        "/v1/messages/batches",
        "/v1/complete",
        "/V1/messages",
        "http://a/v1/messages",
        "*",
    ] {
        assert_eq!(post(target), None, "{target}");
    }
    assert_eq!(Endpoint::parse(&Method::GET, "/v1/messages"), None);
    assert_eq!(Endpoint::parse(&Method::DELETE, "/v1/models"), None);
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
