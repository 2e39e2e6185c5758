//! Which files a run has made or changed.

use berth_domain::event::Event;
use berth_supervisor_protocol::files::Entry;
use berth_supervisor_protocol::{Client, ClientError};

use crate::transcript::State;

/// Files that are shown for one run at most.
const MAX_FILES: usize = 200;

/// Files changed since the run began that have not been shown in this state yet, oldest change first. Of an agent's run those in
/// its `folder`; of a chat those that are in no agent's, for agents may be at work beside it.
pub(super) async fn changed(
    client: &Client,
    folder: Option<&str>,
    since_ms: u64,
    shown: &State,
) -> Result<Vec<Entry>, ClientError> {
    let mut changed = client.changed(since_ms, MAX_FILES, folder).await?.entries;
    changed.retain(|entry| shown.files.get(&entry.path) != Some(&entry.modified_ms));
    changed.reverse();
    Ok(changed)
}

/// Notes that the files are shown now.
pub(super) fn show(state: &mut State, entries: Vec<Entry>) -> Vec<Event> {
    let mut events = Vec::new();
    for entry in entries {
        let known = state.files.contains_key(&entry.path);
        if !known && state.files.len() >= MAX_FILES {
            break;
        }
        state.files.insert(entry.path.clone(), entry.modified_ms);
        events.push(Event::File {
            media_type: mime_guess::from_path(&entry.path)
                .first_or_octet_stream()
                .to_string(),
            path: entry.path,
            size: entry.size,
        });
    }
    events
}
