//! Settings that several processes want to make.

use futures::future::join_all;

use crate::common::Emulated;

#[tokio::test]
async fn who_asks_first_decides_and_everybody_gets_the_same() {
    let store = Emulated::new().await.store;
    let asked = (0..4).map(|n| {
        let store = store.clone();
        async move {
            store
                .setting_or("link-key", &format!("of {n}"))
                .await
                .unwrap()
        }
    });
    let answers = join_all(asked).await;
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let later = store.setting_or("link-key", "another").await.unwrap();
    assert_eq!(later, answers[0]);
}
