use hyper::StatusCode;

use super::*;

#[test]
fn dates_are_set_off_and_only_names_fit_into_a_path() {
    for (model, id) in [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5@20250929"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5@20250929"),
        (
            "claude-3-5-sonnet-v2@20241022",
            "claude-3-5-sonnet-v2@20241022",
        ),
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-x-1234567", "claude-x-1234567"),
    ] {
        assert_eq!(model_id(model).unwrap(), id);
    }
    for bad in [
        "",
        "..",
        "../x",
        "a/b",
        "a:rawPredict",
        "a?b",
        "a#b",
        "a%2fb",
        "Claude",
        "claude[1m]",
        "a@1@2",
        "count-tokens",
    ] {
        let refusal = model_id(bad).unwrap_err();
        assert_eq!(refusal.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[test]
fn the_path_says_what_is_asked_for() {
    let vertex = VertexSettings::new("berth-1", "europe-west1", Vec::new()).unwrap();
    let of = |endpoint, stream| path(&vertex, endpoint, "claude-x@20250101", stream);
    let models = "/v1/projects/berth-1/locations/europe-west1/publishers/anthropic/models";
    assert_eq!(
        of(Endpoint::Messages, true),
        format!("{models}/claude-x@20250101:streamRawPredict")
    );
    assert_eq!(
        of(Endpoint::Messages, false),
        format!("{models}/claude-x@20250101:rawPredict")
    );
    assert_eq!(
        of(Endpoint::CountTokens, false),
        format!("{models}/count-tokens:rawPredict")
    );
}
