//! Google Cloud as far as a machine has it, and roles that run on it as processes of their own.

mod apis;
mod away;
mod claude;
mod gateway;
mod hints;
mod machine;
mod machines;
mod moving;
mod role;
mod runner;
mod seen;
mod split;
mod traces;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::ids::RunId;
use berth_domain::ports::queue::{Hint, Queue as _};
use berth_emulators::process::free_address;
use berth_emulators::{Firestore, Metadata, PubSub, Scheduler, Storage, Vault};
use berth_fake_oidc::{ISSUER, Issuer, Options, person};
use berth_gcp::{PubSubQueue, RunnerName};
use berth_harness::DEADLINE;
use reqwest::{Client, Response, redirect};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

pub(crate) use role::Role;

/// The service account of Cloud Scheduler's calls.
const CALLER: &str = "scheduler@project.iam.gserviceaccount.com";
/// The service account of apis.
const API: &str = "berth-api@project.iam.gserviceaccount.com";
/// The hook's address, as its callers know it.
const HOOK: &str = "https://hook.example";
/// Where people open the dashboard: a proxy's address, for each api has another of its own.
const PUBLIC: &str = "https://berth.example";

/// One project.
pub(crate) struct Cloud {
    firestore: Firestore,
    pubsub: PubSub,
    storage: Storage,
    bucket: String,
    pub(crate) scheduler: Scheduler,
    vault: Vault,
    /// Of the apis' machines.
    metadata: Metadata,
    issuer: Issuer,
    keys: SocketAddr,
    /// Free addresses for apis.
    places: [SocketAddr; 2],
    project: String,
    client: Client,
}

/// Seconds since 1970, now.
#[expect(
    clippy::disallowed_methods,
    reason = "the roles under test have the same clock"
)]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Cloud {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        // The second test of a process finds it there.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (firestore, pubsub, storage) =
            tokio::try_join!(Firestore::shared(), PubSub::shared(), Storage::shared())?;
        let issuer = Issuer::new("key-1");
        let began = jiff::Timestamp::from_second(now())?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let cloud = Self {
            scheduler: Scheduler::start(issuer.clone(), began, 10).await?,
            vault: Vault::start().await?,
            metadata: Metadata::start(issuer.clone(), API, || {
                jiff::Timestamp::from_second(now()).unwrap_or_default()
            })
            .await?,
            keys: listener.local_addr()?,
            places: [free_address()?, free_address()?],
            project: firestore.project(),
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .build()?,
            issuer: issuer.clone(),
            firestore,
            pubsub,
            bucket: storage.bucket_name(),
            storage,
        };
        let options = Options {
            issuer,
            accounts: Vec::new(),
            now,
        };
        tokio::spawn(berth_fake_oidc::serve(listener, options));
        cloud.topic().prepare().await?;
        cloud.make_bucket().await?;
        Ok(cloud)
    }

    async fn make_bucket(&self) -> anyhow::Result<()> {
        let url = format!("{}/storage/v1/b?project=p", self.storage.url());
        let bucket = json!({ "name": self.bucket });
        let made = self.client.post(url).json(&bucket).send().await?;
        ensure!(made.status().is_success(), "{}", made.text().await?);
        Ok(())
    }

    fn topic(&self) -> berth_gcp::PubSub {
        berth_gcp::PubSub {
            project: self.project.clone(),
            topic: "berth-runs".to_owned(),
            emulator: Some(self.pubsub.url()),
        }
    }

    /// What the roles are told.
    fn environment(&self) -> BTreeMap<&'static str, String> {
        let host = |url: String| url.trim_start_matches("http://").to_owned();
        BTreeMap::from([
            ("BERTH_LISTEN", "127.0.0.1:0".to_owned()),
            ("BERTH_GCP_PROJECT", self.project.clone()),
            ("BERTH_GCP_REGION", "europe-west1".to_owned()),
            (
                "BERTH_GOOGLE_KEYS_URL",
                format!("http://{}/certs", self.keys),
            ),
            ("FIRESTORE_EMULATOR_HOST", host(self.firestore.url())),
            ("PUBSUB_EMULATOR_HOST", host(self.pubsub.url())),
            ("CLOUD_SCHEDULER_EMULATOR_HOST", host(self.scheduler.url())),
            ("KMS_EMULATOR_HOST", host(self.vault.url())),
            ("BERTH_GCP_KMS_KEY", "projects/p/cryptoKeys/k".to_owned()),
            ("STORAGE_EMULATOR_HOST", host(self.storage.url())),
            ("BERTH_GCP_SNAPSHOTS_BUCKET", self.bucket.clone()),
            ("GCE_METADATA_HOST", self.metadata.host()),
            ("BERTH_RUNNER_CALLER", API.to_owned()),
            ("BERTH_HOOK_AUDIENCE", HOOK.to_owned()),
            ("BERTH_HOOK_CALLER", CALLER.to_owned()),
            ("BERTH_SCHEDULE_JOBS", "true".to_owned()),
            ("BERTH_PUBLIC_URL", PUBLIC.to_owned()),
            ("BERTH_GOOGLE_CLIENT_ID", "client".to_owned()),
            ("BERTH_ALLOWED_EMAILS", "mina@example.com".to_owned()),
            ("BERTH_OWNERS", "mina@example.com".to_owned()),
        ])
    }

    pub(crate) async fn api(&self) -> anyhow::Result<Role> {
        self.role("api", &[]).await
    }

    /// An api at an address that stays the same when it is started again. It lets a user have ten runs at a time.
    pub(crate) async fn api_at_its_place(&self, place: usize) -> anyhow::Result<Role> {
        let address = self.places[place].to_string();
        let told = [
            ("BERTH_LISTEN", address.as_str()),
            ("BERTH_CONCURRENT_RUNS", "10"),
        ];
        self.role("api", &told).await
    }

    /// Where Firestore is.
    pub(crate) fn firestore_address(&self) -> SocketAddr {
        self.firestore.address()
    }

    /// Where Pub/Sub is.
    pub(crate) fn pubsub_address(&self) -> SocketAddr {
        self.pubsub.address()
    }

    /// Publishes to the topic of run requests, as anybody might who may.
    pub(crate) async fn publish(&self, text: &str) -> anyhow::Result<()> {
        let (url, project) = (self.pubsub.url(), &self.project);
        let url = format!("{url}/v1/projects/{project}/topics/berth-runs:publish");
        let data = STANDARD.encode(text);
        let body = json!({"messages": [{"data": data}]});
        let sent = self.client.post(url).json(&body).send().await?;
        ensure!(sent.status() == 200, "{}", sent.text().await?);
        Ok(())
    }

    pub(crate) async fn hook(&self) -> anyhow::Result<Role> {
        self.role("scheduler-hook", &[]).await
    }

    /// A role that is told something else here and there.
    pub(crate) async fn role(
        &self,
        name: &str,
        changes: &[(&'static str, &str)],
    ) -> anyhow::Result<Role> {
        let mut environment = self.environment();
        environment.extend(
            changes
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let mut child = Command::new(env!("CARGO_BIN_EXE_berth"))
            .arg(name)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut out = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut line = String::new();
        timeout(DEADLINE, out.read_line(&mut line)).await??;
        let base = line.trim().strip_prefix("ready ");
        let base = base.with_context(|| format!("{name} said {line:?}"))?;
        Ok(Role::new(base, self.client.clone(), child, out))
    }

    /// Signs somebody in, as a browser and Google do it; the answer is the session's cookie.
    pub(crate) async fn sign_in(&self, api: &Role) -> anyhow::Result<String> {
        let begun = api.get("/api/auth/google").await?;
        let attempt = cookie(&begun)?;
        let page = begun.headers()["location"].to_str()?.to_owned();
        let page = reqwest::Url::parse(&page)?;
        let asked: BTreeMap<_, _> = page.query_pairs().into_owned().collect();
        let claims = person("client", &asked["nonce"], "1", "mina@example.com", now());
        let body = json!({ "credential": self.issuer.sign(&claims) });
        let answer = api.post_as("/api/auth/google", &attempt, &body).await?;
        ensure!(answer.status() == 200, "{}", answer.text().await?);
        cookie(&answer)
    }

    /// A token of that service account for the hook.
    pub(crate) fn service_token(&self, account: &str) -> String {
        self.issuer.sign(&json!({
            "iss": ISSUER, "aud": HOOK, "azp": "1", "sub": "1", "email": account, "email_verified": true,
            "iat": now(), "exp": now() + 3600,
        }))
    }

    pub(crate) fn caller_token(&self) -> String {
        self.service_token(CALLER)
    }

    /// What the roles keep, read by the test.
    pub(crate) async fn store(&self) -> anyhow::Result<berth_gcp::Store> {
        let database = berth_gcp::Database::emulated(self.firestore.url(), &self.project);
        let kms = berth_gcp::Kms::new("projects/p/cryptoKeys/k", Some(&self.vault.url()))?;
        Ok(berth_gcp::Store::open(&database, Arc::new(kms)).await?)
    }

    /// A runner's end of the queue.
    pub(crate) async fn receiving(&self) -> anyhow::Result<Arc<PubSubQueue>> {
        let name = RunnerName::parse("runner-1").context("a name")?;
        Ok(Arc::new(self.topic().runner(&name).await?))
    }
}

/// The run that a runner is told of next.
pub(crate) async fn next_claim(queue: &PubSubQueue) -> anyhow::Result<RunId> {
    match timeout(DEADLINE, queue.next()).await? {
        Some(Hint::Claim(run)) => Ok(run),
        other => anyhow::bail!("{other:?}"),
    }
}

fn cookie(answer: &Response) -> anyhow::Result<String> {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let set = cookies
        .filter_map(|value| value.to_str().ok())
        .filter_map(|value| value.split(';').next())
        .find(|pair| !pair.ends_with('='));
    set.map(ToOwned::to_owned).context("no cookie")
}
