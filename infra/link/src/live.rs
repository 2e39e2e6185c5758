//! Streams that a runner keeps open for the API: live text, and changes of a workspace's state.

use std::time::Duration;

use berth_domain::event::Delta;
use berth_domain::ids::{ConversationId, RunId, UserId};
use berth_domain::ports::live::LiveText;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use http::Method;
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::io::StreamReader;

use crate::locate::Locator;

/// Before a stream that broke off, or whose workspace is on no runner, is asked for again. What is missed in between is stored, and
/// comes from the store.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest line: a delta carries a block's whole text at most.
const LONGEST: usize = 4 * 1024 * 1024;

type Lines = BoxStream<'static, String>;

/// Live text of runs on other machines. The API writes none.
#[derive(Debug, Clone)]
pub struct RemoteLiveText(Locator);

impl RemoteLiveText {
    /// Live text from wherever `locator` finds the workspace.
    pub fn new(locator: Locator) -> Self {
        Self(locator)
    }
}

impl LiveText for RemoteLiveText {
    fn publish(&self, _: Delta) {}

    fn close_block(&self, _: ConversationId, _: RunId, _: u32) {}

    fn close_run(&self, _: ConversationId, _: RunId) {}

    fn watch(&self, user: UserId, conversation: ConversationId) -> BoxStream<'static, Delta> {
        follow(self.0.clone(), user, format!("/live/{conversation}"))
            .filter_map(async |line| serde_json::from_str(&line).ok())
            .boxed()
    }
}

/// The lines of a stream of the workspace's runner, wherever that is: when it breaks off, or the workspace moves, it is asked for
/// again. Every beginning is an empty line.
pub(crate) fn follow(
    locator: Locator,
    user: UserId,
    path: String,
) -> impl Stream<Item = String> + Send + 'static {
    let begin: Lines = stream::empty().boxed();
    stream::unfold(
        (locator, begin, true),
        move |(locator, mut lines, first)| {
            let path = path.clone();
            async move {
                let mut first = first;
                loop {
                    if let Some(line) = lines.next().await {
                        return Some((line, (locator, lines, false)));
                    }
                    if !first {
                        tokio::time::sleep(AGAIN).await;
                    }
                    first = false;
                    lines = open(&locator, user, &path)
                        .await
                        .unwrap_or_else(|| stream::empty().boxed());
                }
            }
        },
    )
}

async fn open(locator: &Locator, user: UserId, path: &str) -> Option<Lines> {
    let runner = locator.home(user).await.ok()??;
    let path = format!("/v1/workspaces/{user}{path}");
    let request = locator.request(Method::GET, &runner, &path).await.ok()?;
    let answer = request.send().await.ok()?.error_for_status().ok()?;
    let bytes = StreamReader::new(answer.bytes_stream().map_err(std::io::Error::other).boxed());
    let lines = FramedRead::new(bytes, LinesCodec::new_with_max_length(LONGEST));
    // A line that cannot be read ends the stream, and it begins anew.
    Some(
        lines
            .take_while(|line| std::future::ready(line.is_ok()))
            .filter_map(async |line| line.ok())
            .boxed(),
    )
}
