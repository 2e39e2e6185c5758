use super::*;

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
