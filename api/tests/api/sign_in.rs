//! Signing in with Google.

use axum::body::Body;
use berth_domain::account::Admission;
use berth_domain::clock::Clock;
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::users::Users;
use berth_domain::user::CredentialHash;
use http::{Method, header};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{CLIENT, Google, ISSUER, OWN, Rig, SIGN_IN};

#[tokio::test]
async fn the_way_there_asks_for_an_address_and_nothing_else() {
    let google = Google::new().await;
    let (attempt, page) = google.begin().await;
    assert!(attempt.starts_with("__Host-berth_sign_in="));
    let asked: std::collections::HashMap<_, _> = page.query_pairs().into_owned().collect();
    for (name, value) in [
        ("client_id", CLIENT),
        ("redirect_uri", "https://berth.example/sign-in"),
        ("response_type", "id_token"),
        ("scope", "openid email"),
        ("prompt", "select_account"),
    ] {
        assert_eq!(asked[name], value);
    }
    // What stays in the browser is not what goes to Google.
    assert!(asked["nonce"].len() == 43 && !attempt.contains(&asked["nonce"]));
    let (other, _) = google.begin().await;
    assert_ne!(attempt, other);
}

#[tokio::test]
async fn an_account_is_one_user_whatever_its_address() {
    let google = Google::new().await;
    let first = google.sign_in("1", "mina@example.com").await;
    assert!(first.starts_with("__Host-berth_session="));
    let mina = google.get(&first, "/api/user/profile").await.json();
    assert_eq!(mina["name"], "mina@example.com");
    let second = google.sign_in("1", "mina.kim@example.com").await;
    let renamed = google.get(&second, "/api/user/profile").await.json();
    assert_eq!(
        (&renamed["id"], &renamed["name"]),
        (&mina["id"], &json!("mina.kim@example.com"))
    );
    // The address that became free is given to somebody else, who is somebody else.
    let other = google.sign_in("2", "mina@example.com").await;
    let other = google.get(&other, "/api/user/profile").await.json();
    assert_ne!(other["id"], mina["id"]);
}

#[tokio::test]
async fn a_session_is_new_at_each_sign_in_and_ends_after_a_day() {
    let google = Google::new().await;
    let (attempt, page) = google.begin().await;
    let token = ISSUER.sign(&google.claims(&page, "1", "mina@example.com"));
    let before = google.sign_in("1", "mina@example.com").await;
    let both = format!("{before}; {attempt}");
    let answer = google.finish(&both, &token).await;
    assert_eq!(answer.status, 200);
    let set: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
    let [session, attempt] = set[..] else {
        panic!("{set:?}")
    };
    let session = session.to_str().unwrap();
    assert!(session.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"));
    assert!(
        attempt
            .to_str()
            .unwrap()
            .contains("__Host-berth_sign_in=; Path=/; Max-Age=0")
    );
    let session = session.split(';').next().unwrap();
    assert_ne!(session, before);
    let path = "/api/auth/validate/me";
    assert_eq!(google.get(&before, path).await.status, 401);
    assert_eq!(
        google.get(session, path).await.json()["expires_at"],
        answer.json()["expires_at"]
    );

    google.rig.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(
        google.get(session, path).await.problem(),
        (401, "auth.required".into())
    );
    let again = google.sign_in("1", "mina@example.com").await;
    let out = google
        .call(&again, Method::POST, "/api/auth/logout", Value::Null)
        .await;
    assert_eq!(out.status, 204);
    assert_eq!(google.get(&again, path).await.status, 401);
}

#[tokio::test]
async fn only_who_may_come_in_does() {
    let google = Google::new().await;
    for (email, domain, status) in [
        ("mina@example.com", json!("example.com"), 200),
        ("guest@mail.example", json!(null), 200),
        ("mina@example.com", json!(null), 403),
        ("mina@example.com", json!("evil.example"), 403),
        ("eve@mail.example", json!(null), 403),
    ] {
        let (attempt, page) = google.begin().await;
        let mut claims = google.claims(&page, "1", email);
        claims["hd"] = domain;
        let token = ISSUER.sign(&claims);
        let answer = google.finish(&attempt, &token).await;
        assert_eq!(answer.status, status, "{claims}");
        if status == 403 {
            assert_eq!(answer.problem(), (403, "sign_in.not_admitted".into()));
            assert!(!answer.headers.contains_key(header::SET_COOKIE));
        }
    }
    let headers = [
        ("origin", OWN),
        ("accept-language", "ko"),
        ("content-type", "application/json"),
    ];
    let path = "/api/auth/google";
    let refused = google
        .rig
        .call_with(Method::POST, path, &headers, r#"{"credential": "x"}"#)
        .await;
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("로그인되지 않았어요")
    );
}

/// Copies a credential and its user from one installation to another.
async fn bring(from: &Rig, to: &Rig, secret: &str) {
    let hash = CredentialHash(Sha256::digest(secret).into());
    let credential = from.store.credential(hash, from.clock.now()).await;
    let credential = credential.unwrap().unwrap();
    let user = from.store.user(credential.user_id).await.unwrap().unwrap();
    let made = to.store.ensure_user(&user.name, user.id, user.created_at);
    made.await.unwrap();
    to.store.add_credential(&credential).await.unwrap();
}

#[tokio::test]
async fn who_is_taken_off_the_list_is_out_at_once() {
    let google = Google::new().await;
    let session = google.sign_in("1", "mina@example.com").await;
    let made = google
        .call(
            &session,
            Method::POST,
            "/api/tokens",
            json!({"name": "script"}),
        )
        .await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let moved = Google::admitting(Admission {
        emails: vec!["guest@mail.example".to_owned()],
        ..Admission::default()
    })
    .await;
    // The same credentials under another list.
    let secret = session.split_once('=').unwrap().1;
    for secret in [secret, &token] {
        bring(&google.rig, &moved.rig, secret).await;
    }
    assert_eq!(google.get(&session, "/api/agents").await.status, 200);
    assert_eq!(moved.get(&session, "/api/agents").await.status, 401);
    let as_token = moved
        .rig
        .call_as(&token, Method::GET, "/api/agents", Value::Null)
        .await;
    assert_eq!(as_token.status, 401);
}

#[tokio::test]
async fn an_answer_is_for_the_browser_that_asked() {
    let google = Google::new().await;
    let (mine, page) = google.begin().await;
    let (theirs, _) = google.begin().await;
    let token = ISSUER.sign(&google.claims(&page, "1", "mina@example.com"));
    // Stolen, or planted by another site: the browser has another attempt's cookie, none, or one it made up.
    for cookie in [
        &*theirs,
        "",
        "a=b",
        "__Host-berth_sign_in=",
        "berth_sign_in=x",
    ] {
        let answer = google.finish(cookie, &token).await;
        assert_eq!(answer.problem(), (401, "sign_in.stale".into()), "{cookie}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
    assert_eq!(google.finish(&mine, &token).await.status, 200);
    google.rig.clock.advance(SignedDuration::from_mins(62));
    let late = google.finish(&mine, &token).await;
    assert_eq!(late.problem(), (401, "sign_in.refused".into()));
}

#[tokio::test]
async fn without_googles_keys_it_is_for_later() {
    let google = Google::new().await;
    google.goes_away();
    let (attempt, page) = google.begin().await;
    let token = ISSUER.sign(&google.claims(&page, "1", "mina@example.com"));
    let answer = google.finish(&attempt, &token).await;
    assert_eq!(answer.problem(), (503, "sign_in.unavailable".into()));
}

#[tokio::test]
async fn the_link_and_local_sessions_are_closed_where_accounts_are() {
    let google = Google::new().await;
    let rig = &google.rig;
    let path = format!("/?token={SIGN_IN}");
    let answer = rig.call_with(Method::GET, &path, &[], Body::empty()).await;
    assert_eq!(answer.status, 303);
    assert!(!answer.headers.contains_key(header::SET_COOKIE));
    // Tokens that are made on the machine go on working.
    assert_eq!(rig.get("/api/agents").await.status, 200);
    let methods = async |rig: &Rig| {
        let path = "/api/auth/methods";
        rig.call_with(Method::GET, path, &[], Body::empty())
            .await
            .json()
    };
    assert_eq!(methods(rig).await, json!({"google": true, "link": false}));
    let local = Rig::new().await;
    assert_eq!(
        methods(&local).await,
        json!({"google": false, "link": true})
    );
    let path = "/api/auth/google";
    let none = local.call_with(Method::GET, path, &[], Body::empty()).await;
    assert_eq!(none.problem(), (404, "sign_in.none".into()));
}

#[tokio::test]
async fn settings_are_the_owners() {
    let google = Google::new().await;
    let owner = google.sign_in("1", "Owner@example.com").await;
    let member = google.sign_in("2", "mina@example.com").await;
    let demo = json!({"enabled": true});
    let path = "/api/settings/demo";
    let refused = google.call(&member, Method::PUT, path, demo.clone()).await;
    assert_eq!(refused.problem(), (403, "settings.owner".into()));
    assert_eq!(
        google.get(&member, "/api/settings").await.json()["editable"],
        false
    );
    assert_eq!(
        google.call(&owner, Method::PUT, path, demo).await.status,
        200
    );
    assert_eq!(
        google.get(&owner, "/api/settings").await.json()["editable"],
        true
    );
}
