//! Google Cloud as far as a machine has it, and roles that run on it as processes of their own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use berth_domain::ids::RunId;
use berth_domain::ports::queue::{Hint, Queue as _};
use berth_emulators::{Firestore, PubSub, Scheduler, Vault};
use berth_fake_oidc::{ISSUER, Issuer, Options, person};
use berth_gcp::{PubSubQueue, RunnerName};
use berth_harness::DEADLINE;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// The service account of Cloud Scheduler's calls.
const CALLER: &str = "scheduler@project.iam.gserviceaccount.com";
/// The hook's address, as its callers know it.
const HOOK: &str = "https://hook.example";
/// Where people open the dashboard: a proxy's address, for each api has another of its own.
const PUBLIC: &str = "https://berth.example";

/// One project.
pub(crate) struct Cloud {
    firestore: Firestore,
    pubsub: PubSub,
    pub(crate) scheduler: Scheduler,
    vault: Vault,
    issuer: Issuer,
    keys: SocketAddr,
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
        let (firestore, pubsub) = tokio::try_join!(Firestore::shared(), PubSub::shared())?;
        let issuer = Issuer::new("key-1");
        let began = jiff::Timestamp::from_second(now())?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let cloud = Self {
            scheduler: Scheduler::start(issuer.clone(), began, 10).await?,
            vault: Vault::start().await?,
            keys: listener.local_addr()?,
            project: firestore.project(),
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .build()?,
            issuer: issuer.clone(),
            firestore,
            pubsub,
        };
        let options = Options {
            issuer,
            accounts: Vec::new(),
            now,
        };
        tokio::spawn(berth_fake_oidc::serve(listener, options));
        cloud.topic().prepare().await?;
        Ok(cloud)
    }

    fn topic(&self) -> berth_gcp::PubSub {
        berth_gcp::PubSub {
            project: self.project.clone(),
            topic: "berth-runs".to_owned(),
            emulator: Some(self.pubsub.url()),
        }
    }

    /// What both roles are told.
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
        Ok(Role {
            base: base
                .with_context(|| format!("{name} said {line:?}"))?
                .to_owned(),
            client: self.client.clone(),
            child,
            _out: out,
        })
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

/// A process of one role.
pub(crate) struct Role {
    base: String,
    client: Client,
    child: Child,
    _out: BufReader<ChildStdout>,
}

impl Role {
    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        Ok(timeout(DEADLINE, request.send()).await??)
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        self.send(self.client.get(url).header("host", "berth.example"))
            .await
    }

    /// As somebody who is signed in.
    pub(crate) async fn get_as(&self, path: &str, cookie: &str) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let request = self.client.get(url).header("host", "berth.example");
        self.send(request.header("cookie", cookie)).await
    }

    pub(crate) async fn post_as(
        &self,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let request = self.client.post(url).header("host", "berth.example");
        let request = request.header("cookie", cookie).header("origin", PUBLIC);
        self.send(request.json(body)).await
    }

    /// As a service.
    pub(crate) async fn call(&self, path: &str, token: &str) -> anyhow::Result<u16> {
        let request = self.client.post(format!("{}{path}", self.base));
        let answer = self.send(request.bearer_auth(token)).await?;
        Ok(answer.status().as_u16())
    }

    /// Asks it to end, as a platform does.
    pub(crate) async fn terminate(mut self) -> anyhow::Result<ExitStatus> {
        let id = self.child.id().context("it has ended by itself")?;
        kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?;
        Ok(timeout(DEADLINE, self.child.wait()).await??)
    }
}
