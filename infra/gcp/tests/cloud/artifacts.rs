//! Objects on a stand-in for Cloud Storage.

use berth_emulators::Storage;
use berth_gcp::Bucket;
use serde_json::json;

use crate::support::install_tls;

/// A bucket of a test's own, and what it lives in.
pub(crate) async fn bucket() -> (Bucket, Storage) {
    install_tls();
    let server = Storage::shared().await.unwrap();
    let name = server.bucket_name();
    let made = reqwest::Client::new()
        .post(format!("{}/storage/v1/b?project=test", server.url()))
        .json(&json!({ "name": name }))
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success());
    let bucket = Bucket::open(&name, Some(&server.url())).await.unwrap();
    (bucket, server)
}
