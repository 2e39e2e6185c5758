//! Cases of the port `secrets`.

use berth_domain::ids::UserId;

use crate::World;

fn scope(w: &World) -> String {
    format!("agent/{}", w.id::<UserId>())
}

async fn secret(w: &World, scope: &str, name: &str) -> Option<String> {
    w.secrets().secret(scope, name).await.unwrap()
}

async fn put(w: &World, scope: &str, name: &str, value: &str) {
    w.secrets().put_secret(scope, name, value).await.unwrap();
}

pub(crate) async fn a_secret_comes_back_by_scope_and_name(w: World) {
    let (one, other) = (scope(&w), scope(&w));
    put(&w, &one, "TOKEN", "값 one").await;
    put(&w, &other, "TOKEN", "값 other").await;
    put(&w, &one, "EMPTY", "").await;
    assert_eq!(secret(&w, &one, "TOKEN").await.as_deref(), Some("값 one"));
    assert_eq!(
        secret(&w, &other, "TOKEN").await.as_deref(),
        Some("값 other")
    );
    assert_eq!(secret(&w, &one, "EMPTY").await.as_deref(), Some(""));
    assert_eq!(secret(&w, &other, "EMPTY").await, None);
    assert_eq!(secret(&w, &one, "token").await, None);
}

pub(crate) async fn a_secret_is_replaced(w: World) {
    let scope = scope(&w);
    for value in ["first", "second, which is longer", "3"] {
        put(&w, &scope, "NAME", value).await;
        assert_eq!(secret(&w, &scope, "NAME").await.as_deref(), Some(value));
    }
    assert_eq!(w.secrets().secret_names(&scope).await.unwrap(), ["NAME"]);
}

pub(crate) async fn names_are_listed_without_values(w: World) {
    let (mine, theirs) = (scope(&w), scope(&w));
    put(&w, &mine, "B", "2").await;
    put(&w, &mine, "A", "1").await;
    put(&w, &theirs, "C", "3").await;
    assert_eq!(w.secrets().secret_names(&mine).await.unwrap(), ["A", "B"]);
    let none = w.secrets().secret_names(&scope(&w)).await.unwrap();
    assert!(none.is_empty());
}

pub(crate) async fn a_deleted_secret_is_gone(w: World) {
    let scope = scope(&w);
    put(&w, &scope, "NAME", "value").await;
    assert!(w.secrets().delete_secret(&scope, "NAME").await.unwrap());
    assert_eq!(secret(&w, &scope, "NAME").await, None);
    assert!(!w.secrets().delete_secret(&scope, "NAME").await.unwrap());
}

/// Scope and name together name a secret; glued together they would not.
pub(crate) async fn odd_scopes_and_names_do_not_meet(w: World) {
    let scope = scope(&w);
    let pairs = [
        (scope.clone(), "a/b".to_owned()),
        (format!("{scope}/a"), "b".to_owned()),
        (scope.clone(), "a\0b".to_owned()),
        (format!("{scope}\0a"), "b".to_owned()),
        (scope.clone(), "%".to_owned()),
        (scope.clone(), "..".to_owned()),
    ];
    for (number, (scope, name)) in pairs.iter().enumerate() {
        put(&w, scope, name, &number.to_string()).await;
    }
    for (number, (scope, name)) in pairs.iter().enumerate() {
        let found = secret(&w, scope, name).await;
        assert_eq!(found, Some(number.to_string()), "{scope:?} {name:?}");
    }
}
