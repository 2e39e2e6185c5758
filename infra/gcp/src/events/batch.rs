//! Events and texts that do not fit where they belong. A document holds 1 MiB at most.

use berth_domain::ids::RunId;
use serde::{Deserialize, Serialize};

use crate::convert::key_of;
use crate::db::work::Work;
use crate::db::{Db, Done, Path, Record, Trouble};

/// Bytes of text in one document. Well below 1 MiB: what stands beside it counts too.
pub(crate) const DOCUMENT: usize = 700 * 1024;

/// Events that have moved out of the head, under the number of the first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// Number of the last one.
    pub(crate) last: u64,
    /// Whose they are.
    pub(crate) runs: Vec<RunId>,
    /// Whether some of them tell of a run's work.
    pub(crate) marks: bool,
    /// One a line, as in the head.
    pub(crate) body: String,
    /// Ids of the documents with the rest of the body.
    pub(crate) parts: Vec<String>,
}

impl Record for Batch {
    const COLLECTION: &'static str = "events";
    const HAS_PARTS: bool = true;
}

/// The rest of a text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    text: String,
}

impl Record for Part {
    const COLLECTION: &'static str = "parts";
}

/// The first of a text, as much as one document holds, and the rest of it.
pub(crate) fn split(text: &str) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(DOCUMENT))
}

/// Stores the rest of a text of a document; answers the parts' ids. These follow from what is in them: parts are written before what
/// refers to them, and must not change what somebody else has stored.
pub(crate) fn put_parts<P>(work: &Work, of: &Path<P>, mut rest: &str) -> Done<Vec<String>> {
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (first, after) = split(rest);
        let id = key_of(&[first]);
        let text = first.to_owned();
        work.set(&Path::within(of, &id), &Part { text })?;
        parts.push(id);
        rest = after;
    }
    Ok(parts)
}

/// A text with the rest of it.
pub(crate) async fn join<P>(
    db: &Db,
    of: &Path<P>,
    first: String,
    parts: &[String],
) -> Done<String> {
    if parts.is_empty() {
        return Ok(first);
    }
    let paths: Vec<Path<Part>> = parts.iter().map(|id| Path::within(of, id)).collect();
    let mut whole = first;
    for part in db.get_all(&paths).await? {
        let part = part.ok_or_else(|| Trouble::broken("a part of a text is missing"))?;
        whole.push_str(&part.text);
    }
    Ok(whole)
}
