//! The contract of the ports, kept by this adapter on Google's emulator.

#[expect(dead_code, reason = "networks that break are not needed here")]
mod common;

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
use berth_embedded::{LocalArtifacts, LocalLiveText, LocalQueue};
use common::Emulated;
use tempfile::TempDir;

/// Firestore's ports; hints, live text and objects within this process: theirs are in `tests/cloud`.
struct Cloud {
    firestore: Emulated,
    queue: Arc<LocalQueue>,
    live: Arc<LocalLiveText>,
    artifacts: Arc<LocalArtifacts>,
    _folder: TempDir,
}

impl Cloud {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = LocalArtifacts::open(folder.path().join("artifacts"));
        Self {
            artifacts: Arc::new(objects.expect("a folder for objects")),
            _folder: folder,
            firestore: Emulated::new().await,
            queue: Arc::default(),
            live: Arc::default(),
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
        delivery: Delivery::Exact,
        lag_after: Some(256),
    }
);
