//! Serves the demo model at the address given (`127.0.0.1:8099`), to try a CLI against it by hand.

use berth_fake_model::Options;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8099".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let options = Options {
        control: true,
        keep: 64,
        ..Options::demo()
    };
    berth_fake_model::serve(listener, options, std::future::pending()).await
}
