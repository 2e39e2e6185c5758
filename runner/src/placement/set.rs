//! A copy of a whole workspace: one snapshot of each of its folders. A small object names them, and is itself named by the placement in the
//! store. So a copy counts when the store knows it, and whoever has lost a workspace adds nothing to it.

use std::collections::BTreeMap;

use berth_domain::ids::UserId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::artifacts::{Artifacts, IfThere, ObjectKey, ParseKeyError};
use bytes::Bytes;
use futures::TryStreamExt as _;
use uuid::Uuid;

/// Names of snapshots, by the folder's.
pub(super) type Heads = BTreeMap<String, String>;

/// Bytes of the longest set.
const LONGEST: usize = 16 * 1024;

/// Below what the snapshots of one of the workspace's folders are.
pub(super) fn prefix(user: UserId, tree: &str) -> Result<ObjectKey, ParseKeyError> {
    format!("workspaces/{user}/{tree}").parse()
}

fn key(user: UserId, id: Uuid) -> Result<ObjectKey, ParseKeyError> {
    format!("workspaces/{user}/sets/{id}").parse()
}

/// Why a set cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetError {
    #[error(transparent)]
    Store(#[from] berth_domain::ports::StoreError),
    #[error(transparent)]
    Key(#[from] ParseKeyError),
    #[error("the list of a copy's parts could not be read to its end")]
    Interrupted(#[source] std::io::Error),
}

/// Stores a set.
pub(super) async fn put(
    artifacts: &dyn Artifacts,
    user: UserId,
    id: Uuid,
    heads: &Heads,
) -> Result<(), SetError> {
    // A map of texts always has a JSON form.
    let bytes = serde_json::to_vec(heads).unwrap_or_default();
    let body = Bytes::from(bytes).into();
    artifacts
        .put(&key(user, id)?, body, IfThere::Replace)
        .await?;
    Ok(())
}

/// A set; `None` when it is not there or not what was written.
pub(super) async fn get(
    artifacts: &dyn Artifacts,
    user: UserId,
    id: Uuid,
) -> Result<Option<Heads>, SetError> {
    let Some(mut pieces) = artifacts.get(&key(user, id)?).await? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    loop {
        match pieces.try_next().await {
            Ok(Some(piece)) if bytes.len() + piece.len() <= LONGEST => {
                bytes.extend_from_slice(&piece);
            }
            Ok(Some(_)) => return Ok(None),
            Ok(None) => return Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(SetError::Interrupted(error)),
        }
    }
}

/// Removes a set that was followed by another.
pub(super) async fn remove(artifacts: &dyn Artifacts, user: UserId, id: Uuid) -> StoreResult<()> {
    if let Ok(key) = key(user, id) {
        artifacts.delete(&key).await?;
    }
    Ok(())
}
