//! The contract of the ports, whole: every port of the store, hints and objects on Google's adapters, secrets sealed with KMS. Only live
//! text is none of Google's services: it goes over the link between the roles, and `berth-link` keeps that part of the contract.

use std::sync::Arc;

use berth_contract::{Backend, Delivery, Differences};
use berth_domain::ports::agents::Agents;
use berth_domain::ports::artifacts::Artifacts;
use berth_domain::ports::audit::AuditSink;
use berth_domain::ports::conversations::Conversations;
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::events::Events;
use berth_domain::ports::live::LiveText;
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::placements::Placements;
use berth_domain::ports::proposals::Proposals;
use berth_domain::ports::queue::Queue;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::settings::Settings;
use berth_domain::ports::usage::UsageLedger;
use berth_domain::ports::users::Users;
use berth_embedded::LocalLiveText;
use berth_emulators::{Storage, Vault};
use berth_gcp::{Bucket, PubSubQueue};

use crate::artifacts::bucket;
use crate::common::Emulated;
use crate::queue::Broker;
use crate::sealing::kms;

/// What runs on Google Cloud, and the services it lives on.
struct Cloud {
    firestore: Emulated,
    queue: Arc<PubSubQueue>,
    live: Arc<LocalLiveText>,
    artifacts: Arc<Bucket>,
    _services: (Broker, Storage, Vault),
}

impl Cloud {
    async fn new() -> Self {
        let (kms, vault) = kms().await;
        let ((bucket, storage), broker) = tokio::join!(bucket(), Broker::new());
        Self {
            firestore: Emulated::sealed_by(Arc::new(kms)).await,
            queue: Arc::new(broker.runner("vm-1").await),
            live: Arc::default(),
            artifacts: Arc::new(bucket),
            _services: (broker, storage, vault),
        }
    }
}

impl Backend for Cloud {
    fn users(&self) -> Arc<dyn Users> {
        self.firestore.store.clone()
    }

    fn credentials(&self) -> Arc<dyn Credentials> {
        self.firestore.store.clone()
    }

    fn conversations(&self) -> Arc<dyn Conversations> {
        self.firestore.store.clone()
    }

    fn runs(&self) -> Arc<dyn Runs> {
        self.firestore.store.clone()
    }

    fn events(&self) -> Arc<dyn Events> {
        self.firestore.store.clone()
    }

    fn queue(&self) -> Arc<dyn Queue> {
        self.queue.clone()
    }

    fn live(&self) -> Arc<dyn LiveText> {
        self.live.clone()
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        self.firestore.store.clone()
    }

    fn settings(&self) -> Arc<dyn Settings> {
        self.firestore.store.clone()
    }

    fn usage(&self) -> Arc<dyn UsageLedger> {
        self.firestore.store.clone()
    }

    fn audit(&self) -> Arc<dyn AuditSink> {
        self.firestore.store.clone()
    }

    fn agents(&self) -> Arc<dyn Agents> {
        self.firestore.store.clone()
    }

    fn schedules(&self) -> Arc<dyn Schedules> {
        self.firestore.store.clone()
    }

    fn notifications(&self) -> Arc<dyn Notifications> {
        self.firestore.store.clone()
    }

    fn artifacts(&self) -> Arc<dyn Artifacts> {
        self.artifacts.clone()
    }

    fn placements(&self) -> Arc<dyn Placements> {
        self.firestore.store.clone()
    }

    fn proposals(&self) -> Arc<dyn Proposals> {
        self.firestore.store.clone()
    }
}

berth_contract::suite!(
    Cloud::new().await,
    Differences {
        delivery: Delivery::AtLeastOnce,
        lag_after: Some(256),
        // A slot's documents are written one at a time (ADR 29).
        decides_with_the_row: false,
    }
);
