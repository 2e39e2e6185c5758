//! The contract of the ports, kept by this adapter.

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
use berth_embedded::{LocalArtifacts, LocalLiveText, LocalQueue, SecretKey, Store};
use tempfile::TempDir;

struct Embedded {
    store: Arc<Store>,
    queue: Arc<LocalQueue>,
    live: Arc<LocalLiveText>,
    artifacts: Arc<LocalArtifacts>,
    _folder: TempDir,
}

impl Embedded {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("berth.db");
        Self {
            store: Arc::new(Store::open(&path, SecretKey::new([1; 32])).expect("a store")),
            queue: Arc::new(LocalQueue::default()),
            live: Arc::new(LocalLiveText::default()),
            artifacts: Arc::new(
                LocalArtifacts::open(folder.path().join("artifacts")).expect("a folder"),
            ),
            _folder: folder,
        }
    }
}

impl Backend for Embedded {
    fn users(&self) -> Arc<dyn Users> {
        self.store.clone()
    }

    fn credentials(&self) -> Arc<dyn Credentials> {
        self.store.clone()
    }

    fn conversations(&self) -> Arc<dyn Conversations> {
        self.store.clone()
    }

    fn runs(&self) -> Arc<dyn Runs> {
        self.store.clone()
    }

    fn events(&self) -> Arc<dyn Events> {
        self.store.clone()
    }

    fn queue(&self) -> Arc<dyn Queue> {
        self.queue.clone()
    }

    fn live(&self) -> Arc<dyn LiveText> {
        self.live.clone()
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        self.store.clone()
    }

    fn settings(&self) -> Arc<dyn Settings> {
        self.store.clone()
    }

    fn usage(&self) -> Arc<dyn UsageLedger> {
        self.store.clone()
    }

    fn audit(&self) -> Arc<dyn AuditSink> {
        self.store.clone()
    }

    fn agents(&self) -> Arc<dyn Agents> {
        self.store.clone()
    }

    fn schedules(&self) -> Arc<dyn Schedules> {
        self.store.clone()
    }

    fn notifications(&self) -> Arc<dyn Notifications> {
        self.store.clone()
    }

    fn proposals(&self) -> Arc<dyn Proposals> {
        self.store.clone()
    }

    fn artifacts(&self) -> Arc<dyn Artifacts> {
        self.artifacts.clone()
    }

    fn placements(&self) -> Arc<dyn Placements> {
        self.store.clone()
    }
}

berth_contract::suite!(
    Embedded::new(),
    Differences {
        delivery: Delivery::Exact,
        lag_after: Some(256),
        decides_with_the_row: true,
    }
);
