use proptest::prelude::*;

use super::*;

fn rewrite(text: &str) -> String {
    let mut out = String::new();
    Json::parse(text).unwrap().write(&mut out);
    out
}

#[test]
fn tokens_stay_as_they_were_written() {
    let text =
        r#"{"a":12345678901234567890123,"b":1.10,"c":-0e+5,"d":"\u0041\n한","e":[true,null,{}]}"#;
    assert_eq!(rewrite(text), text);
    assert_eq!(rewrite(" { \"a\" : [ 1 , 2 ] } "), r#"{"a":[1,2]}"#);
}

#[test]
fn a_key_written_twice_is_refused_at_every_level_and_in_every_spelling() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"x":{"a":1,"b":2,"a":1}}]"#,
    ] {
        assert_eq!(
            Json::parse(text),
            Err(JsonError::Duplicate("a".into())),
            "{text}"
        );
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let texts = [
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "NaN",
        "tru",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\",
        "\"a\nb\"",
        "1 2",
        "{a:1}",
        "{\"a\" 1}",
        "\"\\ud800\"",
        "[1 2]",
        "\u{feff}1",
        "\"\\한\"",
    ];
    for text in texts {
        assert!(
            matches!(Json::parse(text), Err(JsonError::Invalid(_))),
            "{text:?}"
        );
    }
    assert_eq!(Json::parse(&"[".repeat(1_000_000)), Err(JsonError::TooDeep));
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_any_text(text in r#"[\[\]{}",:\\0-9a-fu. eE+-]{0,24}"#) {
        let ours = Json::parse(&text);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(value) => if !matches!(ours, Err(JsonError::Duplicate(_))) {
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&rewrite(&text)).unwrap(), value);
            },
            // serde_json also refuses numbers that overflow a double.
            Err(_) => prop_assert!(ours.is_err() || text.contains(['e', 'E'])),
        }
    }
}
