//! Serves the demo model at the address given (`127.0.0.1:8099`), as a model API of its own: to try a CLI against it by
//! hand, and for tests that need an upstream that is not built in. Prints its address once it can be asked.

use berth_fake_model::Options;

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "whoever asked for port 0 learns the address here"
)]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8099".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening http://{}", listener.local_addr()?);
    let options = Options {
        control: true,
        keep: 64,
        ..Options::demo()
    };
    berth_fake_model::serve(listener, options, std::future::pending()).await
}
