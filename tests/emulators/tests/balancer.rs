//! Connections go to what is ready, in turn.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use berth_emulators::Balancer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

async fn server(name: &'static str, ready: StatusCode) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new()
        .route("/readyz", get(move || async move { ready }))
        .route("/", get(move || async move { name }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// What a connection of its own is answered; empty when it is closed.
async fn ask(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    // A connection that is closed may fail at either end of it.
    if stream.write_all(request).await.is_ok() {
        let _ = stream.read_to_string(&mut answer).await;
    }
    answer.rsplit("\r\n").next().unwrap_or_default().to_owned()
}

async fn before(servers: &[SocketAddr]) -> Balancer {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Balancer::start(anywhere, servers.to_vec(), "/readyz")
        .await
        .unwrap()
}

#[tokio::test]
async fn connections_alternate_between_servers() {
    let servers = [
        server("one", StatusCode::OK).await,
        server("two", StatusCode::OK).await,
    ];
    let balancer = before(&servers).await;
    for name in ["one", "two", "one", "two"] {
        assert_eq!(ask(balancer.address()).await, name);
    }
}

#[tokio::test]
async fn who_is_not_ready_or_gone_is_passed_over() {
    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let servers = [
        gone.local_addr().unwrap(),
        server("draining", StatusCode::SERVICE_UNAVAILABLE).await,
        server("ready", StatusCode::OK).await,
    ];
    drop(gone);
    let balancer = before(&servers).await;
    for _ in 0..3 {
        assert_eq!(ask(balancer.address()).await, "ready");
    }
    let none = before(&servers[..2]).await;
    assert_eq!(ask(none.address()).await, "");
}
