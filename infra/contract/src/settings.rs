//! Cases of the port `settings`.

use berth_domain::ids::UserId;

use crate::World;

pub(crate) async fn a_setting_is_replaced(w: World) {
    let name = format!("setting-{}", w.id::<UserId>());
    assert_eq!(w.settings().setting(&name).await.unwrap(), None);
    for value in ["true", "", "거짓 '\"; --"] {
        w.settings().put_setting(&name, value).await.unwrap();
        let found = w.settings().setting(&name).await.unwrap();
        assert_eq!(found.as_deref(), Some(value));
    }
}
