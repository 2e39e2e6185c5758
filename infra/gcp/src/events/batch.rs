//! Events and texts that do not fit where they belong. A document holds 1 MiB at most.

use berth_domain::ids::RunId;
use serde::{Deserialize, Serialize};

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
    /// Documents with the rest of the body.
    pub(crate) parts: u32,
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

fn part<P>(of: &Path<P>, number: u32) -> Path<Part> {
    Path::within(of, &number.to_string())
}

/// Stores the rest of a text of a document; answers in how many parts.
pub(crate) fn put_parts<P>(work: &Work, of: &Path<P>, mut rest: &str) -> Done<u32> {
    let mut parts = 0;
    while !rest.is_empty() {
        let (first, after) = split(rest);
        let text = first.to_owned();
        work.set(&part(of, parts), &Part { text })?;
        parts += 1;
        rest = after;
    }
    Ok(parts)
}

/// A text with the rest of it.
pub(crate) async fn join<P>(db: &Db, of: &Path<P>, first: String, parts: u32) -> Done<String> {
    if parts == 0 {
        return Ok(first);
    }
    let paths: Vec<_> = (0..parts).map(|number| part(of, number)).collect();
    let mut whole = first;
    for part in db.get_all(&paths).await? {
        let part = part.ok_or_else(|| Trouble::broken("a part of a text is missing"))?;
        whole.push_str(&part.text);
    }
    Ok(whole)
}
