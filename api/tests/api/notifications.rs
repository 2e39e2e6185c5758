//! What the user is told, and on which ways.

use berth_domain::clock::Clock;
use berth_domain::notification::{Notification, NotificationKind};
use berth_domain::ports::notifications::Notifications;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Rig;

async fn tell(rig: &Rig) -> Uuid {
    let told = Notification {
        id: rig.clock.uuid(),
        user_id: rig.user,
        kind: NotificationKind::RunFailed,
        agent_id: None,
        agent_name: Some("A".to_owned()),
        run_id: None,
        reason: None,
        detail: "it broke".to_owned(),
        at: rig.clock.now(),
        read_at: None,
    };
    assert!(rig.store.notify(&told, &[]).await.unwrap());
    told.id
}

#[tokio::test]
async fn notifications_are_listed_and_read() {
    let rig = Rig::new().await;
    let (first, _second) = (tell(&rig).await, tell(&rig).await);
    let listed = rig.get("/api/notifications").await.json();
    assert_eq!(
        (&listed["unread"], listed["items"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    let one = format!("/api/notifications/{first}/read");
    assert_eq!(rig.post(&one, Value::Null).await.status, 204);
    assert_eq!(
        rig.get("/api/notifications?unread").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let until = json!({"until": rig.clock.now()});
    assert_eq!(rig.post("/api/notifications/read", until).await.status, 204);
    assert_eq!(rig.get("/api/notifications").await.json()["unread"], 0);
    rig.add_user("ana", "ana").await;
    let foreign = rig.call_as("ana", Method::POST, &one, Value::Null).await;
    assert_eq!(
        foreign.problem(),
        (404, "notification.not_found".to_owned())
    );
    let bad = rig.get("/api/notifications?unread=2").await;
    assert_eq!(bad.problem(), (400, "request.query".to_owned()));
}

#[tokio::test]
async fn ways_are_set_up_and_tried() {
    let rig = Rig::new().await;
    let path = "/api/notifications/settings";
    let bad = rig
        .call(
            Method::PUT,
            path,
            json!({"email": "me", "webhook": "http://example.com"}),
        )
        .await;
    assert_eq!(bad.problem(), (400, "notification.invalid".to_owned()));
    assert_eq!(bad.json()["errors"].as_array().unwrap().len(), 2);
    let test = "/api/notifications/test";
    let none = rig.post(test, json!({"channel": "webhook"})).await;
    assert_eq!(none.problem(), (409, "notification.channel".to_owned()));
    let wanted = json!({"email": "me@example.com", "webhook": "https://example.com/hook", "webhook_secret": "0123456789abcdef"});
    let stored = rig.call(Method::PUT, path, wanted).await;
    let expected = json!({"email": "me@example.com", "webhook": "https://example.com/hook", "webhook_secret_set": true});
    assert_eq!(stored.json(), expected);
    assert_eq!(rig.get(path).await.json(), expected);
    let sent = rig.post(test, json!({"channel": "webhook"})).await;
    assert_eq!(
        (sent.status.as_u16(), &sent.json()["state"]),
        (202, &json!("pending"))
    );
    let deliveries = rig.get("/api/notifications/deliveries").await.json();
    assert_eq!(deliveries["items"][0]["id"], sent.json()["id"]);
    let mail = rig.post(test, json!({"channel": "email"})).await;
    assert_eq!(mail.problem(), (409, "notification.mail".to_owned()));
}

#[tokio::test]
async fn the_owner_sets_the_mail_server() {
    let rig = Rig::new().await;
    rig.add_user("ana", "ana").await;
    let path = "/api/settings/smtp";
    let empty = rig.get(path).await.json();
    assert_eq!(
        (&empty["host"], &empty["password_set"]),
        (&Value::Null, &json!(false))
    );
    let server = json!({"host": "mail.example.com", "port": 587, "user": "berth", "from": "Berth <berth@example.com>", "tls": "starttls", "password": "hush"});
    let set = rig.call(Method::PUT, path, server.clone()).await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(
        (&set.json()["port"], &set.json()["password_set"]),
        (&json!(587), &json!(true))
    );
    assert!(!String::from_utf8_lossy(&set.body).contains("hush"));
    let bad = rig
        .call(
            Method::PUT,
            path,
            json!({"host": "", "port": 0, "from": "x", "tls": "none"}),
        )
        .await;
    assert_eq!(bad.problem(), (400, "settings.smtp".to_owned()));
    assert_eq!(bad.json()["errors"].as_array().unwrap().len(), 3);
    for (method, body) in [(Method::GET, Value::Null), (Method::PUT, server)] {
        let foreign = rig.call_as("ana", method, path, body).await;
        assert_eq!(foreign.problem(), (403, "settings.owner".to_owned()));
    }
}
