use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::ports::audit::Verdict;

use super::*;
use crate::egress::hello_to;

const PUBLIC: &str = "93.184.215.14";

async fn bench(hosts: &[&str], addresses: &[&str]) -> Bench {
    let policy = EgressPolicy::Hosts(hosts.iter().map(|host| host.parse().unwrap()).collect());
    let bench = Bench::with(
        "http://model.example.com",
        |grant| grant.egress = policy,
        Registries::default(),
    )
    .await;
    *bench.network.addresses.lock().unwrap() = addresses
        .iter()
        .map(|address| address.parse().unwrap())
        .collect();
    bench
}

fn connect(bench: &Bench, target: &str) -> Vec<u8> {
    let token = STANDARD.encode(format!("berth:{}", bench.token.expose()));
    format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {token}\r\n\r\n"
    )
    .into_bytes()
}

fn last(bench: &Bench) -> (Verdict, String) {
    let trail = bench.books.trail.lock().unwrap();
    trail
        .last()
        .map(|entry| (entry.verdict, entry.reason.clone()))
        .unwrap()
}

/// Opens a tunnel and returns it after the proxy's answer.
async fn tunnel(bench: &Bench, target: &str) -> UnixStream {
    let mut stream = UnixStream::connect(bench.dir.path().join(SOCKET_NAME))
        .await
        .unwrap();
    stream.write_all(&connect(bench, target)).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    stream
}

#[tokio::test]
async fn an_allowed_tunnel_reaches_the_address_that_was_checked() {
    let bench = bench(&["*.example.org"], &[PUBLIC]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    *bench.network.local.lock().unwrap() = Some(listener.local_addr().unwrap());
    let mut near = tunnel(&bench, "files.example.org:443").await;
    let (mut far, _) = listener.accept().await.unwrap();
    let hello = hello_to("files.example.org");
    let (first, second) = hello.split_at(20);
    near.write_all(first).await.unwrap();
    near.write_all(second).await.unwrap();
    let mut seen = vec![0; hello.len()];
    far.read_exact(&mut seen).await.unwrap();
    assert_eq!(seen, hello);
    far.write_all(b"answer").await.unwrap();
    drop(far);
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).await.unwrap();
    drop(near);
    assert_eq!(answer, b"answer");
    assert_eq!(
        *bench.network.dialled.lock().unwrap(),
        [SocketAddr::new(PUBLIC.parse().unwrap(), 443)]
    );
    assert_eq!(bench.network.resolved.load(Ordering::SeqCst), 1);
    bench
        .books
        .until(|books| books.trail.lock().unwrap().len() == 2)
        .await;
    let trail = bench.books.trail.lock().unwrap().clone();
    assert_eq!(
        (trail[0].verdict, trail[0].reason.as_str()),
        (Verdict::Allowed, "listed")
    );
    assert_eq!(
        (trail[1].verdict, trail[1].bytes_up, trail[1].bytes_down),
        (Verdict::Closed, hello.len() as u64, 6)
    );
    assert_eq!(
        (trail[1].host.as_str(), trail[1].port, trail[1].run_id),
        ("files.example.org", 443, bench.run)
    );
}

#[tokio::test]
async fn what_does_not_begin_with_the_right_greeting_is_closed() {
    let greetings = [
        hello_to("other.example.org"),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        hello_to("192.0.2.1"),
    ];
    for (greeting, reason) in greetings.iter().zip(["server_name", "not_tls", "not_tls"]) {
        let bench = bench(&["files.example.org"], &[PUBLIC]).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        *bench.network.local.lock().unwrap() = Some(listener.local_addr().unwrap());
        let mut near = tunnel(&bench, "files.example.org:443").await;
        near.write_all(greeting).await.unwrap();
        let (mut far, _) = listener.accept().await.unwrap();
        let mut passed = Vec::new();
        far.read_to_end(&mut passed).await.unwrap();
        assert!(passed.is_empty(), "nothing passes");
        bench
            .books
            .until(|books| books.trail.lock().unwrap().len() == 2)
            .await;
        assert_eq!(last(&bench), (Verdict::Denied, reason.to_owned()));
    }
}

#[tokio::test]
async fn targets_that_are_not_allowed_are_denied_and_recorded() {
    let bench = bench(&["allowed.org", "*.example.com", "dns.google"], &[PUBLIC]).await;
    for (target, reason) in [
        ("evilallowed.org:443", "not_listed"),
        ("allowed.org.evil.org:443", "not_listed"),
        ("allowed.org:22", "port"),
        ("allowed.org:80", "port"),
        ("127.0.0.1:443", "ip_literal"),
        ("2130706433:443", "ip_literal"),
        ("0x7f.1:443", "ip_literal"),
        ("[::ffff:169.254.169.254]:443", "ip_literal"),
        ("allowed.org@evil.org:443", "malformed"),
        ("model.example.com:443", "model_host"),
        ("api.anthropic.com:443", "model_host"),
        ("dns.google:443", "resolver"),
    ] {
        let answer = bench.raw(&connect(&bench, target)).await;
        // hyper itself refuses a target that is no authority.
        let refused_by_parser = answer.starts_with("HTTP/1.1 400") && target.contains('@');
        assert!(
            answer.starts_with("HTTP/1.1 403") || refused_by_parser,
            "{target}: {answer}"
        );
        if !refused_by_parser {
            assert_eq!(
                last(&bench),
                (Verdict::Denied, reason.to_owned()),
                "{target}"
            );
        }
    }
    let nul = bench
        .raw(&connect(&bench, "evil.org\0.allowed.org:443"))
        .await;
    assert!(nul.starts_with("HTTP/1.1 400"), "{nul}");
    assert!(bench.network.dialled.lock().unwrap().is_empty());
    assert_eq!(bench.network.resolved.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_private_answer_among_public_ones_denies() {
    let bench = bench(&["allowed.org"], &[PUBLIC, "10.0.0.1"]).await;
    let answer = bench.raw(&connect(&bench, "allowed.org:443")).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(last(&bench), (Verdict::Denied, "not_global".to_owned()));
    assert!(bench.network.dialled.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_token_or_without_a_trail_there_is_no_tunnel() {
    let bench = bench(&["allowed.org"], &[PUBLIC]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    *bench.network.local.lock().unwrap() = Some(listener.local_addr().unwrap());
    let answer = bench
        .raw(b"CONNECT allowed.org:443 HTTP/1.1\r\nHost: allowed.org:443\r\n\r\n")
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 407") && answer.contains("proxy-authenticate"),
        "{answer}"
    );
    bench.books.set_down(true);
    let answer = bench.raw(&connect(&bench, "allowed.org:443")).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}
