//! Google Cloud on one machine: `berth-local-cloud [--named HOST] FOLDER LISTEN HOOK API…`.
//!
//! Starts emulators and stand-ins of its own, empty, with their logs in FOLDER; makes topic, subscription, bucket, and the job that calls
//! HOOK every minute; balances connections to LISTEN over the API addresses. Prints one line of JSON with all addresses, and ends with
//! everything it started when it is interrupted. With `--named` it is a container of that name, whose ports are always the same.

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use berth_emulators::{
    Balancer, Firestore, Metadata, Places, PubSub, Scheduler, Service, Storage, Vault,
};
use berth_fake_oidc::{Account, Issuer, Options};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The project everything is in.
const PROJECT: &str = "berth-local";
/// The region, as far as names have it.
const REGION: &str = "local";
/// The service accounts of the api and of Cloud Scheduler's calls.
const API: &str = "berth-api@berth-local.iam.gserviceaccount.com";
const CALLER: &str = "berth-scheduler@berth-local.iam.gserviceaccount.com";
/// The topic of run requests, named as Terraform names it.
const TOPIC: &str = "berth-runs";
/// What a region takes without asking Google.
const JOBS: usize = 1_000;
/// A key of the stand-in for KMS; it takes any.
const KMS_KEY: &str = "projects/berth-local/locations/local/keyRings/berth/cryptoKeys/user-secrets";

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "whoever started it learns the addresses here"
)]
async fn main() -> Result<(), Box<dyn Error>> {
    // Fails where there is one already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let asked = Asked::read(std::env::args().skip(1))?;
    let places = &asked.places;
    std::fs::create_dir_all(&asked.folder)?;
    let (mut ended, mut interrupted) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );

    let (firestore, pubsub, storage) = tokio::try_join!(
        Firestore::owned(places.listen(Service::Firestore), &asked.folder),
        PubSub::owned(places.listen(Service::PubSub), &asked.folder),
        Storage::owned(places.listen(Service::Storage), &asked.folder)
    )?;
    let url = |service, address| format!("http://{}", places.host(service, address));
    let urls = HashMap::from([
        ("firestore", url(Service::Firestore, firestore.address)),
        ("pubsub", url(Service::PubSub, pubsub.address)),
        ("storage", url(Service::Storage, storage.address)),
    ]);
    let bucket = format!("{PROJECT}-berth-snapshots");
    prepare(&urls, &bucket).await?;

    let issuer = Issuer::new("local");
    let accounts = TcpListener::bind(places.listen(Service::SignIn)).await?;
    let sign_in = accounts.local_addr()?;
    let options = Options {
        issuer: issuer.clone(),
        accounts: people(),
        now: || now().as_second(),
    };
    let signing_in = tokio::spawn(berth_fake_oidc::serve(accounts, options));
    let vault = Vault::at(places.listen(Service::Vault)).await?;
    let metadata = Metadata::at(places.listen(Service::Metadata), issuer.clone(), API, now).await?;
    let mut scheduler =
        Scheduler::at(places.listen(Service::Scheduler), issuer, now(), JOBS).await?;
    let hook = format!("http://{}", asked.hook);
    tick(&scheduler.url(), &hook).await?;
    scheduler.keep_time(now);
    let model = TcpListener::bind(places.listen(Service::Model)).await?;
    let model_address = model.local_addr()?;
    let answering = tokio::spawn(berth_fake_model::serve(
        model,
        berth_fake_model::Options::demo(),
        std::future::pending(),
    ));
    let balancer = Balancer::before(asked.listen, asked.apis.clone(), "/readyz").await?;

    let addresses = json!({
        "project": PROJECT,
        "region": REGION,
        "topic": TOPIC,
        "snapshots_bucket": bucket,
        "kms_key": KMS_KEY,
        "firestore": urls["firestore"],
        "pubsub": urls["pubsub"],
        "storage": urls["storage"],
        "kms": url(Service::Vault, vault.address()),
        "secrets": url(Service::Vault, vault.address()),
        "metadata": places.host(Service::Metadata, metadata.address()),
        "api_account": API,
        "scheduler": url(Service::Scheduler, scheduler.address()),
        "hook": hook,
        "hook_caller": CALLER,
        "model": url(Service::Model, model_address),
        "oidc_page": format!("http://{}/authorize", places.browser(sign_in)),
        "oidc_keys": format!("{}/certs", url(Service::SignIn, sign_in)),
        "url": format!("http://{}", places.browser(balancer.address())),
    });
    println!("{addresses}");
    tokio::select! {
        _ = ended.recv() => {}
        _ = interrupted.recv() => {}
    }
    signing_in.abort();
    answering.abort();
    tokio::try_join!(firestore.end(), pubsub.end(), storage.end())?;
    Ok(())
}

/// The command line.
struct Asked {
    places: Places,
    folder: PathBuf,
    listen: SocketAddr,
    hook: String,
    apis: Vec<String>,
}

impl Asked {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let usage = "berth-local-cloud [--named HOST] FOLDER LISTEN HOOK API…";
        let mut arguments = arguments.peekable();
        let places = match arguments.next_if_eq("--named") {
            Some(_) => Places::Named(arguments.next().ok_or(usage)?),
            None => Places::Loopback,
        };
        let asked = Self {
            places,
            folder: PathBuf::from(arguments.next().ok_or(usage)?),
            listen: arguments.next().ok_or(usage)?.parse()?,
            hook: arguments.next().ok_or(usage)?,
            apis: arguments.collect(),
        };
        if asked.apis.is_empty() {
            return Err(usage.into());
        }
        Ok(asked)
    }
}

/// What Terraform makes in the cloud. The shared subscription has the name the runners look for; the emulator ignores its filter.
async fn prepare(urls: &HashMap<&str, String>, bucket: &str) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::new();
    let project = format!("{}/v1/projects/{PROJECT}", urls["pubsub"]);
    let subscription = json!({
        "topic": format!("projects/{PROJECT}/topics/{TOPIC}"),
        "filter": "NOT attributes:runner",
        "ackDeadlineSeconds": 60,
    });
    let things: [(String, Value); 2] = [
        (format!("{project}/topics/{TOPIC}"), json!({})),
        (format!("{project}/subscriptions/{TOPIC}-any"), subscription),
    ];
    for (url, body) in things {
        client
            .put(url)
            .json(&body)
            .send()
            .await?
            .error_for_status()?;
    }
    let url = format!("{}/storage/v1/b?project={PROJECT}", urls["storage"]);
    let made = client.post(url).json(&json!({ "name": bucket })).send();
    made.await?.error_for_status().map(drop)
}

/// The job that calls the hook every minute, as Terraform makes it.
async fn tick(scheduler: &str, hook: &str) -> Result<(), reqwest::Error> {
    let parent = format!("projects/{PROJECT}/locations/{REGION}");
    let job = json!({
        "name": format!("{parent}/jobs/berth-tick"),
        "schedule": "* * * * *",
        "timeZone": "Etc/UTC",
        "httpTarget": {
            "uri": format!("{hook}/tick"),
            "httpMethod": "POST",
            "oidcToken": { "serviceAccountEmail": CALLER, "audience": hook },
        },
    });
    let url = format!("{scheduler}/v1/{parent}/jobs");
    let made = reqwest::Client::new().post(url).json(&job).send().await?;
    made.error_for_status().map(drop)
}

/// Who can sign in: an owner and somebody else.
fn people() -> Vec<Account> {
    ["owner", "colleague"]
        .map(|name| Account {
            sub: name.to_owned(),
            email: format!("{name}@example.com"),
            hosted_domain: Some("example.com".to_owned()),
        })
        .to_vec()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own has no other clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
