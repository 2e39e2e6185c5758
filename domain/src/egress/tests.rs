use super::*;

fn host(text: &str) -> Host {
    text.parse().unwrap()
}

#[test]
fn an_authority_is_a_host_name_and_443() {
    assert_eq!(parse_authority("Example.COM:443"), Ok(host("example.com")));
    assert_eq!(
        parse_authority("a-b.c1.example:443"),
        Ok(host("a-b.c1.example"))
    );
}

#[test]
fn whatever_could_be_read_in_two_ways_is_refused() {
    let malformed = [
        "",
        ":443",
        "example.com",
        "example.com:",
        "example.com:https",
        "example.com:+443",
        "example.com:0000443",
        "example.com.:443",
        ".example.com:443",
        "a..b:443",
        "localhost:443",
        "evil.com\0.allowed.com:443",
        "allowed.com@evil.com:443",
        "user:pw@evil.com:443",
        "evil.com/allowed.com:443",
        "evil.com#.allowed.com:443",
        "evil.com%00.allowed.com:443",
        "evil.com\\.allowed.com:443",
        "evil com:443",
        "under_score.com:443",
        "-a.example.com:443",
        "a-.example.com:443",
        "exämple.com:443",
        "example.com:443:443",
        "example.com:443 ",
        "https://example.com:443",
    ];
    for text in malformed {
        assert_eq!(parse_authority(text), Err(Denial::Malformed), "{text:?}");
    }
    assert_eq!(
        parse_authority(&format!("{}.com:443", "a".repeat(64))),
        Err(Denial::Malformed)
    );
    assert_eq!(
        parse_authority(&format!("{}com:443", "a.".repeat(130))),
        Err(Denial::Malformed)
    );
}

#[test]
fn addresses_are_refused_in_every_spelling() {
    let spellings = [
        "127.0.0.1:443",
        "2130706433:443",
        "0x7f.1:443",
        "0x7f000001:443",
        "0177.0.0.1:443",
        "127.1:443",
        "[::1]:443",
        "[::ffff:169.254.169.254]:443",
        "::1:443",
        "example.1:443",
    ];
    for text in spellings {
        assert_eq!(parse_authority(text), Err(Denial::IpLiteral), "{text}");
    }
}

#[test]
fn other_ports_are_refused() {
    for port in ["22", "25", "80", "4430", "0443", "65536"] {
        assert_eq!(
            parse_authority(&format!("example.com:{port}")),
            Err(Denial::Port),
            "{port}"
        );
    }
}

#[test]
fn patterns_match_whole_labels_only() {
    let exact: HostPattern = "allowed.com".parse().unwrap();
    let below: HostPattern = "*.Allowed.com".parse().unwrap();
    assert!(exact.matches(&host("ALLOWED.com")));
    assert!(below.matches(&host("a.allowed.com")) && below.matches(&host("a.b.allowed.com")));
    for other in [
        "evilallowed.com",
        "allowed.com.evil.com",
        "allowed.evil.com",
        "allowed.co",
    ] {
        assert!(
            !exact.matches(&host(other)) && !below.matches(&host(other)),
            "{other}"
        );
    }
    assert!(!exact.matches(&host("a.allowed.com")) && !below.matches(&host("allowed.com")));
}

#[test]
fn patterns_that_would_match_too_much_do_not_parse() {
    for text in [
        "",
        "*",
        "*.",
        "*.com",
        "**.a.com",
        "a.*.com",
        "*a.com",
        "127.0.0.1",
        "*.0.0.1",
        "https://a.com",
        "a.com:443",
    ] {
        assert!(text.parse::<HostPattern>().is_err(), "{text}");
    }
}

#[test]
fn policies_decide() {
    let model = ["model.example.com".to_owned()];
    let listed = EgressPolicy::Hosts(vec![
        "*.example.com".parse().unwrap(),
        "dns.google".parse().unwrap(),
    ]);
    assert_eq!(listed.decide(&host("a.example.com"), &model), Ok("listed"));
    assert_eq!(
        listed.decide(&host("a.example.org"), &model),
        Err(Denial::NotListed)
    );
    assert_eq!(
        EgressPolicy::default().decide(&host("a.example.com"), &model),
        Err(Denial::NotListed)
    );
    assert_eq!(
        EgressPolicy::PackagesOnly.decide(&host("a.example.com"), &model),
        Err(Denial::PackagesOnly)
    );
    assert_eq!(
        EgressPolicy::Open.decide(&host("a.example.org"), &model),
        Ok("open")
    );
    for policy in [&listed, &EgressPolicy::Open] {
        assert_eq!(
            policy.decide(&host("Model.example.com"), &model),
            Err(Denial::ModelHost)
        );
        assert_eq!(
            policy.decide(&host("dns.google"), &model),
            Err(Denial::Resolver)
        );
        assert_eq!(
            policy.decide(&host("chrome.cloudflare-dns.com"), &model),
            Err(Denial::Resolver)
        );
    }
}

#[test]
fn a_policy_is_stored_as_readable_json() {
    let policy = EgressPolicy::Hosts(vec!["*.example.com".parse().unwrap()]);
    let json = serde_json::to_string(&policy).unwrap();
    assert_eq!(json, r#"{"mode":"hosts","hosts":["*.example.com"]}"#);
    assert_eq!(serde_json::from_str::<EgressPolicy>(&json).unwrap(), policy);
    assert!(serde_json::from_str::<EgressPolicy>(r#"{"mode":"hosts","hosts":["*"]}"#).is_err());
}
