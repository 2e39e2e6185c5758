//! The store: one Firestore database.

use std::sync::Arc;

use berth_domain::ports::sealing::Sealing;
use firestore::gcloud_sdk::google_cloud_auth::credentials::{
    CacheableResource, Credentials, CredentialsProvider, EntityTag,
};
use firestore::gcloud_sdk::google_cloud_auth::errors::CredentialsError;
use firestore::gcloud_sdk::{GoogleAuthHeaders, HeaderMap};
use firestore::{FirestoreDb, FirestoreDbOptions};
use http::header::{AUTHORIZATION, HeaderValue};

use crate::db::{Db, Operations};
use crate::events::Changes;
use crate::listen;
use crate::runs::Places;

/// Which database.
#[derive(Debug, Clone)]
pub struct Database {
    /// The project's id.
    pub project: String,
    /// The database's id; Firestore calls the first one `(default)`.
    pub id: String,
    /// Address of an emulator, as a URL; `None` is Google's service, with the credentials of the environment.
    pub emulator: Option<String>,
}

impl Database {
    /// The first database of a project in an emulator.
    pub fn emulated(url: impl Into<String>, project: impl Into<String>) -> Self {
        Self {
            project: project.into(),
            id: firestore::FIREBASE_DEFAULT_DATABASE_ID.to_owned(),
            emulator: Some(url.into()),
        }
    }
}

/// The database could not be reached: no credentials, no network, no such project.
#[derive(Debug, thiserror::Error)]
#[error("Firestore cannot be used")]
pub struct OpenError(#[source] Box<firestore::errors::FirestoreError>);

/// Everything that is stored, in one Firestore database. Cheap to clone; clones share the connection.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) changes: Changes,
    pub(crate) places: Places,
    pub(crate) sealing: Arc<dyn Sealing>,
    /// Tells lines of the audit trail apart that have the same time.
    pub(crate) lines: Arc<std::sync::atomic::AtomicU64>,
}

impl Store {
    /// Connects. `sealing` encrypts what goes through the `Secrets` port. Has to be called within a runtime, which then follows changes
    /// of what is watched until the store and everything that watches are gone.
    pub async fn open(database: &Database, sealing: Arc<dyn Sealing>) -> Result<Self, OpenError> {
        let mut options =
            FirestoreDbOptions::new(database.project.clone()).with_database_id(database.id.clone());
        let connected = match &database.emulator {
            None => FirestoreDb::with_options(options).await,
            Some(url) => {
                options.firebase_api_url = Some(url.clone());
                FirestoreDb::with_options_auth(options, Owner::headers()).await
            }
        };
        let firestore = connected.map_err(|error| OpenError(Box::new(error)))?;
        let (changes, watched) = Changes::new();
        let following = listen::follow(firestore.clone(), changes.without_bell(), watched);
        tokio::spawn(following);
        Ok(Self {
            db: Db::new(firestore, changes.without_bell()),
            changes,
            places: Places::default(),
            sealing,
            lines: Arc::default(),
        })
    }
}

impl Store {
    /// What this store has read and written so far.
    pub fn operations(&self) -> Operations {
        self.db.operations()
    }
}

/// Emulators take anybody who says to be the owner.
#[derive(Debug)]
struct Owner(EntityTag);

impl Owner {
    fn headers() -> GoogleAuthHeaders {
        Credentials::from(Self(EntityTag::new())).into()
    }
}

impl CredentialsProvider for Owner {
    async fn headers(
        &self,
        extensions: http::Extensions,
    ) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        if extensions.get::<EntityTag>() == Some(&self.0) {
            return Ok(CacheableResource::NotModified);
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer owner"));
        Ok(CacheableResource::New {
            entity_tag: self.0.clone(),
            data: headers,
        })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}
