//! The stored OpenAPI document is the one the handlers make.

use std::path::Path;

/// Set, the test writes the document instead of comparing it.
const UPDATE: &str = "UPDATE_SNAPSHOTS";

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says so in the environment"
)]
#[test]
fn the_stored_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api/openapi.json");
    let current = berth_api::openapi_json();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == current,
        "docs/api/openapi.json is stale; refresh it: {UPDATE}=1 cargo nextest run -p berth-api the_stored_document_is_current"
    );
}

#[test]
fn every_operation_is_named_and_declares_its_problems() {
    let document = serde_json::to_value(berth_api::openapi()).unwrap();
    let mut names = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(!path.contains('*'), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
            assert!(
                !operation["summary"].is_null(),
                "{method} {path} says nothing"
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                let error = status.starts_with(['4', '5']);
                let problem = &response["content"]["application/problem+json"]["schema"];
                assert_eq!(problem.is_object(), error, "{method} {path} {status}");
            }
        }
    }
    assert!(names.len() > 25);
}
