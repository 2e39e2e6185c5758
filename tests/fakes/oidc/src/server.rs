//! The issuer over HTTP: its keys, and a page on which one chooses an account.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Json, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::{Issuer, person};

/// Somebody who can be chosen.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account's lasting id.
    pub sub: String,
    /// Its address.
    pub email: String,
    /// Its organisation.
    pub hosted_domain: Option<String>,
}

/// What is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who signs.
    pub issuer: Issuer,
    /// Who can be chosen.
    pub accounts: Vec<Account>,
    /// The time, in seconds since 1970.
    pub now: fn() -> i64,
}

/// What a client asks for; what it does not ask for is not read.
#[derive(Debug, Deserialize)]
struct Request {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    nonce: String,
    #[serde(default)]
    state: String,
    /// The account's number, once it has been chosen.
    account: Option<usize>,
}

/// Serves until the listener fails.
pub async fn serve(listener: TcpListener, options: Options) -> std::io::Result<()> {
    let router = Router::new()
        .route("/certs", get(certs))
        .route("/authorize", get(authorize))
        .with_state(Arc::new(options));
    axum::serve(listener, router).await
}

async fn certs(State(options): State<Arc<Options>>) -> Json<Value> {
    Json(options.issuer.jwks())
}

/// The page, and once an account has been chosen the way back with its token in the fragment.
async fn authorize(
    State(options): State<Arc<Options>>,
    Query(request): Query<Request>,
) -> Response {
    let scopes: Vec<&str> = request.scope.split(' ').collect();
    if request.response_type != "id_token" || !scopes.contains(&"openid") {
        return (StatusCode::BAD_REQUEST, "not a request for an ID token").into_response();
    }
    let Some(number) = request.account else {
        return Html(page(&options, &request)).into_response();
    };
    let (Some(account), Ok(mut target)) = (
        options.accounts.get(number),
        Url::parse(&request.redirect_uri),
    ) else {
        return (StatusCode::BAD_REQUEST, "no such account or way back").into_response();
    };
    let token = token(&options, &request, account);
    let fragment = Serializer::new(String::new())
        .append_pair("state", &request.state)
        .append_pair("id_token", &token)
        .append_pair("authuser", "0")
        .finish();
    target.set_fragment(Some(&fragment));
    Redirect::to(target.as_str()).into_response()
}

fn token(options: &Options, request: &Request, account: &Account) -> String {
    let mut claims = person(
        &request.client_id,
        &request.nonce,
        &account.sub,
        &account.email,
        (options.now)(),
    );
    if let Some(domain) = &account.hosted_domain {
        claims["hd"] = json!(domain);
    }
    options.issuer.sign(&claims)
}

fn page(options: &Options, request: &Request) -> String {
    let links = options
        .accounts
        .iter()
        .enumerate()
        .map(|(number, account)| {
            let query = Serializer::new(String::new())
                .append_pair("client_id", &request.client_id)
                .append_pair("redirect_uri", &request.redirect_uri)
                .append_pair("response_type", &request.response_type)
                .append_pair("scope", &request.scope)
                .append_pair("nonce", &request.nonce)
                .append_pair("state", &request.state)
                .append_pair("account", &number.to_string())
                .finish();
            let query = query.replace('&', "&amp;");
            format!("<li><a href=\"?{query}\">{}</a></li>", account.email)
        });
    format!(
        "<!doctype html><html lang=\"en\"><link rel=\"icon\" href=\"data:,\"><title>Choose an account</title><ul>{}</ul></html>",
        links.collect::<String>()
    )
}
