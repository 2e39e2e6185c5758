//! The definition of done, looked at after a run that ended well: files are found and read, then judged.

mod find;
mod judge;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use berth_domain::done::{Check, CheckResult};
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::Workspaces;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use judge::{Facts, Place};

/// Files that all runs of this runner hold for checks at the same time: each may have 64 MiB.
const AT_ONCE: usize = 2;

/// Looks at definitions of done.
#[derive(Debug)]
pub(crate) struct Judge {
    workspaces: Arc<dyn Workspaces>,
    files: Semaphore,
}

/// A run that ended well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended<'a> {
    pub(crate) user: UserId,
    /// The agent's folder, relative to the workspace.
    pub(crate) folder: &'a str,
    pub(crate) started_at: Timestamp,
    pub(crate) result: Option<&'a str>,
}

impl Judge {
    pub(crate) fn new(workspaces: Arc<dyn Workspaces>) -> Self {
        Self {
            workspaces,
            files: Semaphore::new(AT_ONCE),
        }
    }

    /// One result for each check, in their order. Never fails: what cannot be looked at is not met.
    pub(crate) async fn check(&self, checks: &[Check], run: Ended<'_>) -> Vec<CheckResult> {
        let mut results: BTreeMap<usize, CheckResult> = BTreeMap::new();
        for (path, at) in by_path(checks) {
            let reads = at.iter().any(|at| judge::reads(&checks[*at]));
            // Closed by nobody; and a judgement without it would only take more memory.
            let _place = self.files.acquire().await.ok();
            let place = match path {
                Some(path) => Some(self.find(run.user, run.folder, path, reads).await),
                None => None,
            };
            let checks: Vec<(usize, Check)> =
                at.into_iter().map(|at| (at, checks[at].clone())).collect();
            results.extend(judged(checks, place, run).await);
        }
        results.into_values().collect()
    }

    async fn find(&self, user: UserId, folder: &str, path: &str, reads: bool) -> Place {
        find::find(self.workspaces.as_ref(), user, folder, path, reads).await
    }
}

/// Judging reads whole files: on a thread where that delays nobody.
async fn judged(
    checks: Vec<(usize, Check)>,
    place: Option<Place>,
    run: Ended<'_>,
) -> Vec<(usize, CheckResult)> {
    let (started_at, result) = (run.started_at, run.result.map(str::to_owned));
    let fallback = checks.clone();
    let judging = tokio::task::spawn_blocking(move || {
        let facts = Facts {
            started_at,
            result: result.as_deref(),
        };
        let judge = |(at, check): (usize, Check)| (at, judge::judge(&check, place.as_ref(), facts));
        checks.into_iter().map(judge).collect()
    });
    judging.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a check has failed to be made");
        let facts = Facts {
            started_at,
            result: None,
        };
        let judge =
            |(at, check): (usize, Check)| (at, judge::judge(&check, Some(&Place::Unknown), facts));
        fallback.into_iter().map(judge).collect()
    })
}

/// Checks of the same file together, so that it is read once.
fn by_path(checks: &[Check]) -> BTreeMap<Option<&str>, Vec<usize>> {
    let mut paths: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (at, check) in checks.iter().enumerate() {
        paths.entry(check.path()).or_default().push(at);
    }
    paths
}
