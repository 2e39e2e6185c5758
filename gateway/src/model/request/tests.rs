use super::*;

const ANY: Allowed<'static> = Allowed {
    models: None,
    max_tokens: 1000,
    counts_only: false,
};

const VERTEX: Form = Form::Vertex {
    surcharge_percent: 10,
};

fn check(body: &[u8], allowed: Allowed<'_>) -> Result<Checked, Refusal> {
    super::check(body, allowed, Form::Anthropic)
}

fn with(rest: &str) -> Result<Checked, Refusal> {
    check(
        format!(r#"{{"model":"claude-opus-5-5","max_tokens":100,{rest}}}"#).as_bytes(),
        ANY,
    )
}

fn message(block: &str) -> Result<Checked, Refusal> {
    with(&format!(
        r#""messages":[{{"role":"user","content":[{block}]}}]"#
    ))
}

#[test]
fn an_ordinary_request_passes_as_it_was_written() {
    let body = r#"{"model":"m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let checked = check(body.as_bytes(), ANY).unwrap();
    assert_eq!(checked.body, body);
    assert!(checked.stream);
    assert_eq!((checked.model.as_str(), checked.max_tokens), ("m", 100));
    assert_eq!(checked.prompt_tokens, (body.len() as u64).div_ceil(3));
}

#[test]
fn unknown_fields_are_not_forwarded() {
    let checked = with(r#""messages":[],"speed":"fast","service_tier":"priority""#).unwrap();
    assert_eq!(
        checked.body,
        r#"{"model":"claude-opus-5-5","max_tokens":100,"messages":[]}"#
    );
}

#[test]
fn what_makes_the_api_fetch_is_refused() {
    let refused = [
        with(r#""mcp_servers":[{"type":"url","url":"https://a.example"}]"#),
        with(r#""mcp\u005fservers":[]"#),
        with(r#""container":"c1""#),
        with(r#""tools":[{"type":"web_search_20250305","name":"web_search"}]"#),
        with(r#""tools":[{"type":"web_fetch_20250910","name":"web_fetch"}]"#),
        with(r#""tools":[{"name":"ok"},{"type":"code_execution_20250825","name":"x"}]"#),
        with(r#""tools":[{"type":"mcp_toolset","mcp_server_name":"a"}]"#),
        with(r#""tools":[{"type":"bash_20250124_evil","name":"x"}]"#),
        with(r#""tools":[{"type":["custom"],"name":"x"}]"#),
        message(r#"{"type":"image","source":{"type":"url","url":"https://a.example/i.png"}}"#),
        message(r#"{"type":"image","source":{"type":"file","file_id":"f"}}"#),
        message(r#"{"type":"document","source":{"url":"https://a.example"}}"#),
        message(r#"{"type":"document","source":"https://a.example"}"#),
        message(r#"{"type":"image","s\u006furce":{"type":"u\u0072l","url":"https://a.example"}}"#),
        message(
            r#"{"type":"tool_result","content":[{"type":"image","source":{"type":"url","url":"x"}}]}"#,
        ),
        message(
            r#"{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"url"}}]}}"#,
        ),
        message(r#"{"type":"container_upload","file_id":"f"}"#),
        message(
            r#"{"type":"tool_change","add":[{"type":"web_fetch_20250910","name":"web_fetch"}]}"#,
        ),
        message(r#"{"type":"tool_change","tool":{"type":"mcp_toolset","mcp_server_name":"a"}}"#),
        with(
            r#""messages":[{"role":"system","content":"x","tools":[{"type":"code_execution_20250825"}]}]"#,
        ),
        message(r#"{"type":"text","text":"x","extra":{"mcp_servers":[{"url":"x"}]}}"#),
        message(r#"{"type":"unheard_of","source":{"type":"url"}}"#),
        with(r#""system":[{"type":"document","source":{"type":"url","url":"x"}}]"#),
        with(r#""messages":[{"role":"user","content":{"type":"image","source":{"type":"url"}}}]"#),
    ];
    for (index, result) in refused.into_iter().enumerate() {
        assert_eq!(
            result.map_err(|refusal| refusal.status.as_u16()),
            Err(400),
            "case {index}"
        );
    }
}

#[test]
fn client_tools_and_inline_sources_pass() {
    let tools = r#""tools":[{"name":"a","input_schema":{}},{"type":"custom","name":"b"},{"type":"bash_20250124",
        "name":"bash"},{"type":"text_editor_20250728","name":"e"},{"type":"memory_20250818","name":"m"}]"#;
    with(tools).unwrap();
    message(
        r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"#,
    )
    .unwrap();
    message(
        r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"}}"#,
    )
    .unwrap();
    message(r#"{"type":"search_result","source":"https://a.example","title":"t","content":[]}"#)
        .unwrap();
    message(
        r#"{"type":"tool_use","id":"t","name":"n","input":{"source":{"type":"url","url":"x"}}}"#,
    )
    .unwrap();
}

#[test]
fn duplicate_keys_are_refused() {
    for body in [
        r#"{"model":"cheap","model":"dear","max_tokens":1}"#,
        r#"{"model":"m","max_tokens":1,"max_t\u006fkens":100000}"#,
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","role":"user"}]}"#,
    ] {
        assert!(
            check(body.as_bytes(), ANY)
                .unwrap_err()
                .message
                .contains("duplicate"),
            "{body}"
        );
    }
}

#[test]
fn model_and_max_tokens_are_held_to_what_is_allowed() {
    let models = ["claude-haiku-5-5".to_owned()];
    let allowed = Allowed {
        models: Some(&models),
        ..ANY
    };
    check(
        br#"{"model":"claude-haiku-5-5","max_tokens":1000}"#,
        allowed,
    )
    .unwrap();
    for body in [
        r#"{"model":"claude-opus-5-5","max_tokens":1}"#,
        r#"{"model":"claude-haiku-5-5","max_tokens":1001}"#,
        r#"{"model":"claude-haiku-5-5","max_tokens":1e9}"#,
        r#"{"model":"claude-haiku-5-5","max_tokens":-1}"#,
        r#"{"model":"claude-haiku-5-5","max_tokens":"1"}"#,
        r#"{"model":"claude-haiku-5-5"}"#,
        r#"{"max_tokens":1}"#,
        r#"{"model":7,"max_tokens":1}"#,
        "[]",
        "\u{feff}{}",
    ] {
        assert_eq!(
            check(body.as_bytes(), allowed).unwrap_err().status,
            400,
            "{body}"
        );
    }
    assert_eq!(check(b"\xff", allowed).unwrap_err().status, 400);
    let count = check(
        br#"{"model":"claude-haiku-5-5"}"#,
        Allowed {
            counts_only: true,
            ..allowed
        },
    )
    .unwrap();
    assert_eq!(count.max_tokens, 0);
}

#[test]
fn an_image_is_not_counted_by_its_bytes_and_an_hour_of_cache_costs_more() {
    let data = "A".repeat(900_000);
    let image = format!(
        r#"{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{data}"}}}}"#
    );
    assert!(message(&image).unwrap().prompt_tokens < 5_200);
    let plain = with(
        r#""system":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"5m"}}]"#,
    )
    .unwrap();
    let hour = with(
        r#""system":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl": "1h"}}]"#,
    )
    .unwrap();
    assert!(hour.worst_case() > plain.worst_case());
}

#[test]
fn for_vertex_the_model_leaves_the_body_and_the_version_enters() {
    let body = br#"{"model":"claude-opus-4-5-20251101","max_tokens":100,"anthropic_version":"x","stream":true,"messages":[]}"#;
    let checked = super::check(body, ANY, VERTEX).unwrap();
    assert_eq!(
        checked.body,
        r#"{"max_tokens":100,"stream":true,"messages":[],"anthropic_version":"vertex-2023-10-16"}"#
    );
    assert_eq!(checked.model, "claude-opus-4-5@20251101");
    let counts = Allowed {
        counts_only: true,
        ..ANY
    };
    let checked = super::check(body, counts, VERTEX).unwrap();
    assert_eq!(
        checked.body,
        r#"{"messages":[],"anthropic_version":"vertex-2023-10-16","model":"claude-opus-4-5@20251101"}"#
    );
    let elsewhere = br#"{"model":"a/../b","max_tokens":100,"messages":[]}"#;
    assert!(super::check(elsewhere, ANY, VERTEX).is_err());
    assert!(super::check(elsewhere, ANY, Form::Anthropic).is_ok());
}
