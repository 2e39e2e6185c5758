//! Secrets on stand-ins for Cloud KMS and Secret Manager.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::ports::StoreErrorKind;
use berth_domain::ports::sealing::Sealing as _;
use berth_emulators::{Discovery, Vault};
use berth_gcp::{Kms, SecretManager};

use crate::support::install_tls;

const KEY: &str = "projects/p/locations/l/keyRings/berth/cryptoKeys/secrets";

pub(crate) async fn kms() -> (Kms, Vault) {
    install_tls();
    let vault = Vault::start().await.unwrap();
    (Kms::new(KEY, Some(&vault.url())).unwrap(), vault)
}

#[tokio::test]
async fn a_value_opens_where_it_was_sealed_for_and_nowhere_else() {
    let (kms, _vault) = kms().await;
    for value in ["sk-값", "", &"x".repeat(100_000)] {
        let sealed = kms.seal("agent/1", "TOKEN", value).await.unwrap();
        assert_eq!(kms.open("agent/1", "TOKEN", &sealed).await.unwrap(), value);
        for (scope, name) in [
            ("agent/2", "TOKEN"),
            ("agent/1", "OTHER"),
            ("agent/1T", "OKEN"),
        ] {
            let error = kms.open(scope, name, &sealed).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Broken);
            assert!(!format!("{error:?}").contains("sk-"));
        }
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        for bad in [
            &changed[..],
            &sealed[..sealed.len() - 1],
            &sealed[..3],
            &[],
            &[9, 0, 0],
        ] {
            assert!(kms.open("agent/1", "TOKEN", bad).await.is_err());
        }
    }
}

#[tokio::test]
async fn the_value_never_leaves_and_the_agent_is_the_associated_data() {
    let (kms, vault) = kms().await;
    let one = kms.seal("agent/1", "TOKEN", "sk-secret").await.unwrap();
    let other = kms.seal("agent/1", "TOKEN", "sk-secret").await.unwrap();
    assert_ne!(one, other);
    assert!(!one.windows(3).any(|window| window == b"sk-"));
    kms.open("agent/1", "TOKEN", &one).await.unwrap();
    let description = Discovery::of("cloudkms.v1").unwrap();
    let received = vault.received();
    let kinds = ["EncryptRequest", "EncryptRequest", "DecryptRequest"];
    assert_eq!(received.len(), kinds.len());
    for ((path, body), kind) in received.iter().zip(kinds) {
        assert!(path.starts_with(&format!("/v1/{KEY}:")), "{path}");
        assert_eq!(description.faults(kind, body), [] as [String; 0]);
        assert_eq!(
            body["additionalAuthenticatedData"],
            STANDARD.encode("agent/1")
        );
        assert!(!body.to_string().contains(&STANDARD.encode("sk-secret")));
    }
    assert_ne!(
        received[0].1["plaintext"], received[1].1["plaintext"],
        "a data key each"
    );
}

#[tokio::test]
async fn who_may_only_encrypt_can_seal_and_not_open() {
    let (kms, vault) = kms().await;
    vault.forbid_decrypting();
    let sealed = kms.seal("agent/1", "TOKEN", "value").await.unwrap();
    let error = kms.open("agent/1", "TOKEN", &sealed).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Broken);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_stays_is_told() {
    let (kms, vault) = kms().await;
    vault.fail(2);
    kms.seal("agent/1", "TOKEN", "value").await.unwrap();
    vault.fail(9);
    let error = kms.seal("agent/1", "TOKEN", "value").await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn the_model_key_is_read_without_its_lines_end() {
    install_tls();
    let vault = Vault::start().await.unwrap();
    let secrets = SecretManager::new("p", Some(&vault.url())).unwrap();
    assert_eq!(secrets.newest("model-key").await.unwrap(), None);
    vault.put("model-key", &STANDARD.encode("sk-ant-1\n"));
    let key = secrets.newest("model-key").await.unwrap().unwrap();
    assert_eq!(key.expose(), "sk-ant-1");
    vault.put("model-key", &STANDARD.encode([0xff, 0xfe]));
    assert!(secrets.newest("model-key").await.is_err());
}
