//! Following documents: one stream to Firestore for everything this process watches.
//!
//! What comes over the stream is only taken as a word that something has changed; whoever is woken reads. So it does not matter
//! whether a change comes as a delta, as production sends it, or as a new snapshot of everything, as the emulator does, and what is
//! sent when a watch begins covers everything that happened before it did.

use std::collections::HashMap;
use std::time::Duration;

use berth_domain::ids::ConversationId;
use firestore::FirestoreDb;
use firestore::gcloud_sdk::google::firestore::v1::listen_request::TargetChange as Ask;
use firestore::gcloud_sdk::google::firestore::v1::listen_response::ResponseType;
use firestore::gcloud_sdk::google::firestore::v1::target::{DocumentsTarget, TargetType};
use firestore::gcloud_sdk::google::firestore::v1::target_change::TargetChangeType;
use firestore::gcloud_sdk::google::firestore::v1::{ListenRequest, ListenResponse, Target};
use firestore::gcloud_sdk::tonic::{Status, Streaming};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::events::Changes;

/// Requests that may wait for the stream.
const ASKED: usize = 256;
/// Waits before a stream that broke is opened again, from the first to the longest.
const AGAIN: Duration = Duration::from_millis(100);
const AGAIN_LONGEST: Duration = Duration::from_secs(5);

/// Follows what `changes` watches, until nobody can watch any more.
pub(crate) async fn follow(
    firestore: FirestoreDb,
    changes: Changes,
    mut asked: mpsc::Receiver<()>,
) {
    let mut wait = AGAIN;
    // Nothing is opened before somebody watches.
    while asked.recv().await.is_some() {
        while !changes.is_idle() {
            let opened = Following::open(&firestore, &changes).await;
            let broken = match opened {
                Ok(mut following) => {
                    wait = AGAIN;
                    following.run(&mut asked).await
                }
                Err(status) => Some(status),
            };
            let Some(status) = broken else { break };
            if asked.is_closed() {
                return;
            }
            tracing::debug!(%status, "the stream of changes ended, it is opened again");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(AGAIN_LONGEST);
        }
    }
}

/// One stream.
struct Following<'a> {
    firestore: &'a FirestoreDb,
    changes: &'a Changes,
    ask: mpsc::Sender<ListenRequest>,
    answers: Streaming<ListenResponse>,
    targets: HashMap<i32, ConversationId>,
    next: i32,
}

impl<'a> Following<'a> {
    async fn open(firestore: &'a FirestoreDb, changes: &'a Changes) -> Result<Self, Status> {
        let (ask, requests) = mpsc::channel(ASKED);
        let mut targets = HashMap::new();
        let mut next = 1;
        // The service answers the call once it has the first request.
        for conversation in changes.watched() {
            let request = add(firestore, next, conversation);
            if ask.try_send(request).is_err() {
                break;
            }
            targets.insert(next, conversation);
            next += 1;
        }
        let mut client = firestore.client().get();
        let answers = client.listen(ReceiverStream::new(requests)).await?;
        Ok(Self {
            firestore,
            changes,
            ask,
            answers: answers.into_inner(),
            targets,
            next,
        })
    }

    /// Passes on changes until the stream breaks, or until there is nothing to follow (`None`).
    async fn run(&mut self, asked: &mut mpsc::Receiver<()>) -> Option<Status> {
        loop {
            if let Err(status) = self.adjust().await {
                return Some(status);
            }
            if self.targets.is_empty() {
                return None;
            }
            tokio::select! {
                word = asked.recv() => word?,
                answer = self.answers.message() => match answer {
                    Ok(Some(answer)) => if let Some(refused) = self.heard(answer) {
                        return Some(refused);
                    },
                    Ok(None) => return Some(Status::unavailable("ended by the service")),
                    Err(status) => return Some(status),
                },
            }
        }
    }

    /// Follows what is watched by now and nothing else.
    async fn adjust(&mut self) -> Result<(), Status> {
        let gone = |_| Status::unavailable("the stream takes no more requests");
        let watched = self.changes.watched();
        let left: Vec<i32> = self
            .targets
            .iter()
            .filter(|(_, conversation)| !watched.contains(conversation))
            .map(|(target, _)| *target)
            .collect();
        for target in left {
            self.targets.remove(&target);
            let request = self.request(Ask::RemoveTarget(target));
            self.ask.send(request).await.map_err(gone)?;
        }
        for conversation in watched {
            if self.targets.values().any(|known| *known == conversation) {
                continue;
            }
            let request = add(self.firestore, self.next, conversation);
            self.ask.send(request).await.map_err(gone)?;
            self.targets.insert(self.next, conversation);
            self.next += 1;
        }
        Ok(())
    }

    fn request(&self, ask: Ask) -> ListenRequest {
        request(self.firestore, ask)
    }

    /// Wakes those it concerns; answers why the service no longer follows something that is watched.
    fn heard(&self, answer: ListenResponse) -> Option<Status> {
        match answer.response_type {
            Some(ResponseType::DocumentChange(change)) => {
                self.wake(&change.target_ids);
                self.wake(&change.removed_target_ids);
            }
            Some(ResponseType::DocumentDelete(change)) => self.wake(&change.removed_target_ids),
            Some(ResponseType::DocumentRemove(change)) => self.wake(&change.removed_target_ids),
            Some(ResponseType::Filter(filter)) => self.wake(&[filter.target_id]),
            Some(ResponseType::TargetChange(change)) => {
                self.wake(&change.target_ids);
                let ours = |target: &i32| self.targets.contains_key(target);
                if change.target_change_type == i32::from(TargetChangeType::Remove)
                    && change.target_ids.iter().any(ours)
                {
                    let why = change.cause.unwrap_or_default().message;
                    return Some(Status::unavailable(why));
                }
            }
            None => {}
        }
        None
    }

    fn wake(&self, targets: &[i32]) {
        for conversation in targets.iter().filter_map(|target| self.targets.get(target)) {
            self.changes.notify(*conversation);
        }
    }
}

fn request(firestore: &FirestoreDb, ask: Ask) -> ListenRequest {
    ListenRequest {
        database: firestore.get_database_path().clone(),
        target_change: Some(ask),
        ..ListenRequest::default()
    }
}

/// Begins to follow a log: the document that has its head is one of two.
fn add(firestore: &FirestoreDb, target: i32, conversation: ConversationId) -> ListenRequest {
    let root = firestore.get_documents_path();
    let documents = crate::events::heads(conversation)
        .iter()
        .map(|relative| format!("{root}/{relative}"))
        .collect();
    let target = Target {
        target_id: target,
        target_type: Some(TargetType::Documents(DocumentsTarget { documents })),
        ..Target::default()
    };
    request(firestore, Ask::AddTarget(target))
}
