//! Cases of the port `users`.

use berth_domain::ids::UserId;
use berth_domain::user::Onboarding;

use crate::World;
use crate::world::together;

pub(crate) async fn a_name_belongs_to_one_user(w: World) {
    let name = format!("이름-{}", w.id::<UserId>());
    let now = w.now();
    let asked: Vec<UserId> = (0..8).map(|_| w.id()).collect();
    let users = together(asked.iter().map(|id| {
        let (users, name, id) = (w.users(), name.clone(), *id);
        async move { users.ensure_user(&name, id, now).await.unwrap() }
    }))
    .await;
    let first = &users[0];
    assert!(asked.contains(&first.id));
    assert!(users.iter().all(|user| user == first));
    assert_eq!((&first.name, first.created_at), (&name, now));
    assert_eq!(
        w.users().user(first.id).await.unwrap().as_ref(),
        Some(first)
    );
    for id in asked.iter().filter(|id| **id != first.id) {
        assert_eq!(w.users().user(*id).await.unwrap(), None);
    }
}

pub(crate) async fn what_was_said_on_the_first_visit_is_replaced(w: World) {
    let user = w.user().await;
    let said = Onboarding {
        language: Some("ko".to_owned()),
        time_zone: Some("Asia/Seoul".to_owned()),
        occupation: Some("데이터 분석가 \"🧪\"".to_owned()),
        completed_at: Some(w.now()),
    };
    assert!(w.users().set_onboarding(user, &said).await.unwrap());
    assert_eq!(
        w.users().user(user).await.unwrap().unwrap().onboarding,
        said
    );
    let nothing = Onboarding::default();
    assert!(w.users().set_onboarding(user, &nothing).await.unwrap());
    assert_eq!(
        w.users().user(user).await.unwrap().unwrap().onboarding,
        nothing
    );
    assert!(!w.users().set_onboarding(w.id(), &said).await.unwrap());
}
