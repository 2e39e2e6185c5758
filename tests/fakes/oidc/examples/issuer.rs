//! Serves the issuer at the address given, for browser tests: `issuer 127.0.0.1:0 SUB,EMAIL[,DOMAIN]…`. Prints its address
//! once it can be asked.

use berth_fake_oidc::{Account, Issuer, Options};

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "whoever asked for port 0 learns the address here"
)]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8098".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let options = Options {
        issuer: Issuer::new("k1"),
        accounts: arguments.map(|text| account(&text)).collect(),
        now,
    };
    println!("listening http://{}", listener.local_addr()?);
    berth_fake_oidc::serve(listener, options).await
}

fn account(text: &str) -> Account {
    let mut parts = text.split(',').map(str::to_owned);
    Account {
        sub: parts.next().unwrap_or_default(),
        email: parts.next().unwrap_or_default(),
        hosted_domain: parts.next(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own has no other clock"
)]
fn now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed())
}
