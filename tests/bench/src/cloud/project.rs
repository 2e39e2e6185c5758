//! One project of Google Cloud as far as a machine has it: emulators and stand-ins, empty, and gone with this.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use berth_emulators::process::free_address;
use berth_emulators::{Firestore, Metadata, Owned, PubSub, Scheduler, Storage, Vault};
use berth_fake_oidc::{ISSUER, Issuer, Options};
use jiff::Timestamp;
use reqwest::{Client, redirect};
use serde_json::json;
use tokio::net::TcpListener;

use super::role::Role;
use crate::Bench;
use crate::clock;
use crate::server::Programs;

/// The project's name.
const NAME: &str = "berth-bench";
const BUCKET: &str = "snapshots";
/// The topic of run requests.
pub(super) const TOPIC: &str = "berth-runs";
/// The service accounts of apis, and of Cloud Scheduler's calls.
const API: &str = "berth-api@project.iam.gserviceaccount.com";
const CALLER: &str = "scheduler@project.iam.gserviceaccount.com";
/// The hook's address, as its callers know it.
const HOOK: &str = "https://hook.example";
/// Where people would open the dashboard: a balancer's address, for each api has another of its own.
pub(super) const PUBLIC: &str = "https://berth.example";

/// The project.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) programs: Programs,
    pub(super) client: Client,
    pub(super) issuer: Issuer,
    environment: BTreeMap<&'static str, String>,
    pubsub: String,
    /// They end with this.
    _owned: [Owned; 3],
    _stand_ins: (Scheduler, Vault, Metadata),
}

impl Project {
    /// Starts everything, with its logs in `folder`, which is made.
    pub(super) async fn start(bench: &Bench, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (firestore, pubsub, storage) = tokio::try_join!(
            Firestore::owned(free_address()?, folder),
            PubSub::owned(free_address()?, folder),
            Storage::owned(Storage::OWN, folder)
        )?;
        let issuer = Issuer::new("bench");
        let scheduler = Scheduler::start(issuer.clone(), now(), 100).await?;
        let vault = Vault::start().await?;
        let metadata = Metadata::start(issuer.clone(), API, now).await?;
        let keys = TcpListener::bind("127.0.0.1:0").await?;
        let host = |url: String| url.trim_start_matches("http://").to_owned();
        let environment = BTreeMap::from([
            ("BERTH_LISTEN", "127.0.0.1:0".to_owned()),
            ("BERTH_LOG", "error".to_owned()),
            ("BERTH_GCP_PROJECT", NAME.to_owned()),
            ("BERTH_GCP_REGION", "local".to_owned()),
            ("BERTH_GCP_TOPIC", TOPIC.to_owned()),
            ("BERTH_GCP_KMS_KEY", "projects/p/cryptoKeys/k".to_owned()),
            ("BERTH_GCP_SNAPSHOTS_BUCKET", BUCKET.to_owned()),
            (
                "BERTH_GOOGLE_KEYS_URL",
                format!("http://{}/certs", keys.local_addr()?),
            ),
            ("FIRESTORE_EMULATOR_HOST", firestore.address.to_string()),
            ("PUBSUB_EMULATOR_HOST", pubsub.address.to_string()),
            ("STORAGE_EMULATOR_HOST", storage.address.ip().to_string()),
            ("CLOUD_SCHEDULER_EMULATOR_HOST", host(scheduler.url())),
            ("KMS_EMULATOR_HOST", host(vault.url())),
            ("GCE_METADATA_HOST", metadata.host()),
            ("BERTH_RUNNER_CALLER", API.to_owned()),
            ("BERTH_HOOK_AUDIENCE", HOOK.to_owned()),
            ("BERTH_HOOK_CALLER", CALLER.to_owned()),
            ("BERTH_PUBLIC_URL", PUBLIC.to_owned()),
            ("BERTH_GOOGLE_CLIENT_ID", "client".to_owned()),
            ("BERTH_ALLOW_ANYONE", "true".to_owned()),
            ("ANTHROPIC_API_KEY", "the-real-key".to_owned()),
        ]);
        let options = Options {
            issuer: issuer.clone(),
            accounts: Vec::new(),
            now: || now().as_second(),
        };
        tokio::spawn(berth_fake_oidc::serve(keys, options));
        let project = Self {
            programs: bench.programs.clone(),
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .build()?,
            issuer,
            environment,
            pubsub: format!("http://{}", pubsub.address),
            _stand_ins: (scheduler, vault, metadata),
            _owned: [firestore, pubsub, storage],
        };
        project.prepare().await?;
        Ok(project)
    }

    /// What Terraform makes.
    async fn prepare(&self) -> anyhow::Result<()> {
        self.topic(TOPIC).prepare().await?;
        let storage = &self.environment["STORAGE_EMULATOR_HOST"];
        let url = format!("http://{storage}/storage/v1/b?project={NAME}");
        let bucket = json!({ "name": BUCKET });
        let made = self.client.post(url).json(&bucket).send().await?;
        ensure!(made.status().is_success(), "{}", made.text().await?);
        Ok(())
    }

    /// A topic, of run requests or another.
    pub(super) fn topic(&self, name: &str) -> berth_gcp::PubSub {
        berth_gcp::PubSub {
            project: NAME.to_owned(),
            topic: name.to_owned(),
            emulator: Some(self.pubsub.clone()),
        }
    }

    /// Starts a role that is told this beside what all are told.
    pub(super) async fn role(&self, name: &str, told: &[(&str, &str)]) -> anyhow::Result<Role> {
        let mut environment: BTreeMap<&str, String> = self.environment.clone();
        environment.extend(
            told.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        Role::start(&self.programs, name, environment).await
    }

    /// A token with which Cloud Scheduler calls the hook.
    pub(super) fn caller_token(&self) -> String {
        let now = now().as_second();
        self.issuer.sign(&json!({
            "iss": ISSUER, "aud": HOOK, "azp": "1", "sub": "1", "email": CALLER, "email_verified": true,
            "iat": now, "exp": now + 3600,
        }))
    }
}

/// The time, from the one clock of all parts.
pub(super) fn now() -> Timestamp {
    Timestamp::from_nanosecond(i128::from(clock::now())).unwrap_or_default()
}

/// Addresses that are free a moment ago.
pub(super) fn free() -> anyhow::Result<SocketAddr> {
    Ok(berth_emulators::process::free_address()?)
}

/// A role's folder of data below the scratch space. Short: the path of a socket has 107 characters.
pub(super) fn folder(bench: &Bench, name: &str) -> PathBuf {
    bench.scratch.join(name)
}
