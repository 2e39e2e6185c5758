//! From "not known to be up" to a supervisor that answers.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::UserId;
use berth_domain::ports::gateway::Registries;
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use berth_supervisor_protocol::node::Health;
use berth_supervisor_protocol::{Client, PROTOCOL, REVISION};
use tokio::time::{sleep, timeout};

use super::Shared;
use super::error::{self, Failure};
use super::slot::{Live, Slot, Starting, share};
use super::stats;
use crate::engine::{ContainerState, Started};

/// A supervisor that accepts and does not answer within this is asked again.
const ATTEMPT: Duration = Duration::from_secs(2);
/// Between attempts; connecting to a socket that nobody listens on fails at once.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// After so many attempts, about half a second, we ask the engine whether there is anything left to wait for.
const ATTEMPTS_A_LOOK: u32 = 12;

/// Starts the slot's workspace in a task of its own, which also puts the result into the slot.
pub(super) fn spawn(shared: Arc<Shared>, slot: Arc<Slot>) -> Starting {
    let crashed = Arc::clone(&slot);
    let task = tokio::spawn(async move {
        match bring_up(&shared, slot.user).await {
            Ok(live) => {
                let live = slot.up(live);
                // What is counted later is told from this: who begins to work here need not ask.
                stats::take(&slot, &live, &*shared.clock).await;
                Ok(())
            }
            Err(error) => {
                slot.down();
                Err(Failure::from(error))
            }
        }
    });
    share(task, move || {
        crashed.down();
        Err(Failure::from(not_answering("the start was cut off")))
    })
}

/// Makes sure that the container runs, its supervisor answers and its gateway socket is open.
pub(super) async fn bring_up(shared: &Shared, user: UserId) -> Result<Live, WorkspaceError> {
    let (mut started, mut client, mut health) = start(shared, user).await?;
    if is_outdated(&health) {
        // It was running since before an upgrade of ours. Started again, it is made from the current image.
        tracing::info!(user.id = %user, protocol = health.protocol, "restarting workspace: supervisor of another version");
        let stopped = shared.engine.stop(user).await;
        stopped.map_err(|error| error::engine(&error))?;
        (started, client, health) = start(shared, user).await?;
    }
    if is_outdated(&health) {
        let (protocol, revision) = (health.protocol, health.revision);
        return Err(not_answering(&format!(
            "the image's supervisor speaks protocol {protocol}.{revision}, not {PROTOCOL}.{REVISION}: run `make setup`"
        )));
    }
    let registries = Registries {
        pypi: health.registries.pypi,
        npm: health.registries.npm,
    };
    let opened = shared.gateway.open(user, &started.sockets, &registries);
    opened
        .await
        .map_err(|error| error::unavailable("open gateway", &error))?;
    Ok(Live {
        client: Arc::new(client),
        boot_id: health.boot_id,
        paths: shared.engine.paths(user),
        engine: Arc::clone(&shared.engine),
    })
}

/// Whether a supervisor lacks something we may ask of it.
fn is_outdated(health: &Health) -> bool {
    health.protocol != PROTOCOL || health.revision < REVISION
}

async fn start(shared: &Shared, user: UserId) -> Result<(Started, Client, Health), WorkspaceError> {
    let started = shared.engine.start(user).await;
    let started = started.map_err(|error| error::engine(&error))?;
    let client = Client::new(&started.sockets);
    let health = timeout(shared.config.ready_within, answer(shared, user, &client));
    let health = health
        .await
        .map_err(|_| not_answering("the supervisor did not answer in time"))??;
    Ok((started, client, health))
}

/// Asks until the supervisor answers. The socket of an earlier boot may lie there: only an answer counts.
async fn answer(shared: &Shared, user: UserId, client: &Client) -> Result<Health, WorkspaceError> {
    let mut pause = FIRST_PAUSE;
    for attempt in 1_u32.. {
        match timeout(ATTEMPT, client.health()).await {
            Ok(Ok(health)) => return Ok(health),
            Ok(Err(error)) if !error.is_unreachable() => {
                return Err(error::client("supervisor health", &error));
            }
            Ok(Err(_)) | Err(_) => {}
        }
        if attempt % ATTEMPTS_A_LOOK == 0 {
            let state = shared.engine.state(user).await;
            if state.map_err(|error| error::engine(&error))? != ContainerState::Running {
                return Err(not_answering(
                    "the container ended before its supervisor answered",
                ));
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Err(not_answering("the supervisor never answered"))
}

fn not_answering(detail: &str) -> WorkspaceError {
    WorkspaceError {
        kind: WorkspaceErrorKind::Unavailable,
        operation: "start workspace",
        detail: detail.to_owned(),
    }
}
