//! What these tests share: a backend that has only the ports a test is about.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use berth_contract::Backend;
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
use uuid::Uuid;

/// An id that no other test has.
#[expect(
    clippy::disallowed_methods,
    reason = "tests share emulators and are told apart by chance"
)]
pub(crate) fn random_id<T: From<Uuid>>() -> T {
    Uuid::new_v4().into()
}

/// A backend of the ports that were given to it.
#[derive(Default)]
pub(crate) struct Partial {
    queue: Option<Arc<dyn Queue>>,
    artifacts: Option<Arc<dyn Artifacts>>,
    held: Option<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partial").finish_non_exhaustive()
    }
}

impl Partial {
    pub(crate) fn with_queue(mut self, queue: Arc<dyn Queue>) -> Self {
        self.queue = Some(queue);
        self
    }

    pub(crate) fn with_artifacts(mut self, artifacts: Arc<dyn Artifacts>) -> Self {
        self.artifacts = Some(artifacts);
        self
    }

    /// Keeps something as long as the backend lives.
    pub(crate) fn holding(mut self, what: impl Any + Send + Sync) -> Self {
        self.held = Some(Box::new(what));
        self
    }
}

/// Ports of the store, which have an adapter and a test of their own.
macro_rules! elsewhere {
    ($($port:ident: $trait:ty,)+) => {
        $(fn $port(&self) -> Arc<$trait> {
            unreachable!("the port {} is not this test's", stringify!($port))
        })+
    };
}

impl Backend for Partial {
    elsewhere! {
        users: dyn Users,
        credentials: dyn Credentials,
        conversations: dyn Conversations,
        runs: dyn Runs,
        events: dyn Events,
        live: dyn LiveText,
        secrets: dyn Secrets,
        settings: dyn Settings,
        usage: dyn UsageLedger,
        audit: dyn AuditSink,
        agents: dyn Agents,
        schedules: dyn Schedules,
        notifications: dyn Notifications,
        proposals: dyn Proposals,
        placements: dyn Placements,
    }

    fn queue(&self) -> Arc<dyn Queue> {
        self.queue.clone().expect("a queue was given")
    }

    fn artifacts(&self) -> Arc<dyn Artifacts> {
        self.artifacts.clone().expect("objects were given")
    }
}

/// What the program does first thing: one TLS library for everything that speaks HTTP.
pub(crate) fn install_tls() {
    // The second test of a process finds it there.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
