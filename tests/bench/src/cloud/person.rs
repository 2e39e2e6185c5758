//! People who sign in as Google would have them do it.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use berth_fake_oidc::person;
use reqwest::{RequestBuilder, Response, Url};
use serde_json::{Value, json};

use super::project::{PUBLIC, Project, now};
use super::role::Role;

/// Signs somebody in at an api; the answer is a token of theirs.
pub(super) async fn sign_in(project: &Project, api: &Role, name: &str) -> anyhow::Result<String> {
    let client = &project.client;
    let url = |path: &str| format!("http://{}{path}", api.address);
    let begun = send(client.get(url("/api/auth/google"))).await?;
    let attempt = cookie(&begun)?;
    let page = begun.headers().get("location").context("no page")?;
    let page = Url::parse(page.to_str()?)?;
    let asked: BTreeMap<_, _> = page.query_pairs().into_owned().collect();
    let email = format!("{name}@example.com");
    let nonce = asked.get("nonce").context("no nonce")?;
    let claims = person("client", nonce, name, &email, now().as_second());
    let body = json!({ "credential": project.issuer.sign(&claims) });
    let post = |path, cookie: &str, body: &Value| {
        let request = client.post(url(path)).header("origin", PUBLIC);
        send(request.header("cookie", cookie).json(body))
    };
    let session = cookie(&post("/api/auth/google", &attempt, &body).await?)?;
    let made = post("/api/tokens", &session, &json!({"name": "bench"})).await?;
    let made: Value = made.json().await?;
    let token = made["token"].as_str().context("no token")?;
    Ok(token.to_owned())
}

async fn send(request: RequestBuilder) -> anyhow::Result<Response> {
    let answer = request.header("host", "berth.example").send().await?;
    let status = answer.status();
    if status.is_client_error() || status.is_server_error() {
        anyhow::bail!("{status}: {}", answer.text().await?);
    }
    Ok(answer)
}

fn cookie(answer: &Response) -> anyhow::Result<String> {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let set = cookies
        .filter_map(|value| value.to_str().ok())
        .filter_map(|value| value.split(';').next())
        .find(|pair| !pair.ends_with('='));
    let set = set.context("no cookie")?;
    ensure!(set.contains('='), "{set}");
    Ok(set.to_owned())
}
