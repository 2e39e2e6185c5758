//! The way to the gateway.

use berth_supervisor_protocol::socket::{GATEWAY, SocketDir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener};

use crate::harness::{Supervisor, within};

#[tokio::test]
async fn bytes_pass_both_ways_and_a_half_close_stays_half() {
    let supervisor = Supervisor::start().await;
    let dir = SocketDir::open(&supervisor.sockets).expect("the folder");
    let gateway = UnixListener::bind(dir.address(GATEWAY)).expect("a socket");
    let echo = tokio::spawn(async move {
        let (mut stream, _) = gateway.accept().await.expect("a connection");
        let mut request = Vec::new();
        stream
            .read_to_end(&mut request)
            .await
            .expect("a request, to its end");
        stream.write_all(&request).await.expect("written");
        stream.write_all(b" and back").await.expect("written");
    });
    let mut inside = TcpStream::connect(supervisor.forward)
        .await
        .expect("a connection");
    let sent = vec![b'x'; 1 << 20];
    inside.write_all(&sent).await.expect("written");
    inside.shutdown().await.expect("our half closes");
    let mut answer = Vec::new();
    within("an answer", inside.read_to_end(&mut answer))
        .await
        .expect("bytes");
    assert!(answer.strip_suffix(b" and back".as_slice()) == Some(&sent));
    echo.await.expect("no panic");
}

#[tokio::test]
async fn without_a_gateway_a_connection_closes() {
    let supervisor = Supervisor::start().await;
    let mut inside = TcpStream::connect(supervisor.forward)
        .await
        .expect("a connection");
    let mut answer = Vec::new();
    // Closed or reset, but not left hanging.
    let _ = within("the end", inside.read_to_end(&mut answer)).await;
    assert!(answer.is_empty());
}
