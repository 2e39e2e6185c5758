//! Cases of the port `live`.

use std::collections::HashMap;

use berth_domain::event::Delta;
use berth_domain::ids::{ConversationId, RunId, UserId};
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};

use crate::World;
use crate::world::within;

/// One run that writes.
struct Writer {
    user: UserId,
    conversation: ConversationId,
    run: RunId,
}

impl Writer {
    fn new(w: &World) -> Self {
        Self {
            user: w.id(),
            conversation: w.id(),
            run: w.id(),
        }
    }

    fn delta(&self, block: u32, offset: u64, text: &str) -> Delta {
        Delta {
            conversation_id: self.conversation,
            run_id: self.run,
            block,
            offset,
            text: text.to_owned(),
        }
    }
}

async fn next(watcher: &mut BoxStream<'static, Delta>) -> Delta {
    within("a delta arrives", watcher.next()).await.unwrap()
}

/// What a client has of each block: a delta at 0 replaces, one that continues is appended, any other would tear a hole.
#[derive(Default)]
struct Client(HashMap<u32, String>);

impl Client {
    fn take(&mut self, delta: &Delta) {
        let text = self.0.entry(delta.block).or_default();
        if delta.offset == 0 {
            text.clear();
        }
        let has = text.encode_utf16().count() as u64;
        assert_eq!(has, delta.offset, "a hole in block {}", delta.block);
        text.push_str(&delta.text);
    }
}

pub(crate) async fn deltas_reach_every_watcher(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    let mut watchers = [
        live.watch(writer.user, writer.conversation),
        live.watch(writer.user, writer.conversation),
    ];
    let deltas = [
        writer.delta(0, 0, "안"),
        writer.delta(0, 1, "녕"),
        writer.delta(1, 0, "!"),
    ];
    for delta in &deltas {
        live.publish(delta.clone());
    }
    for watcher in &mut watchers {
        for delta in &deltas {
            assert_eq!(next(watcher).await, *delta);
        }
    }
}

pub(crate) async fn joining_mid_stream_begins_at_the_beginning(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    live.publish(writer.delta(3, 0, "Hello "));
    live.publish(writer.delta(3, 6, "wor"));
    live.publish(writer.delta(4, 0, "beside"));
    let mut watcher = live.watch(writer.user, writer.conversation);
    live.publish(writer.delta(3, 9, "ld"));
    let mut client = Client::default();
    for _ in 0..3 {
        client.take(&next(&mut watcher).await);
    }
    assert_eq!(client.0[&3], "Hello world");
    assert_eq!(client.0[&4], "beside");
    assert_eq!(watcher.next().now_or_never(), None);
}

pub(crate) async fn closed_text_is_not_sent_to_those_who_join(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    live.publish(writer.delta(0, 0, "stored"));
    live.publish(writer.delta(1, 0, "open"));
    live.close_block(writer.conversation, writer.run, 0);
    let mut watcher = live.watch(writer.user, writer.conversation);
    assert_eq!(next(&mut watcher).await, writer.delta(1, 0, "open"));
    live.close_run(writer.conversation, writer.run);
    let mut late = live.watch(writer.user, writer.conversation);
    live.publish(writer.delta(2, 0, "next"));
    assert_eq!(next(&mut late).await, writer.delta(2, 0, "next"));
    assert_eq!(next(&mut watcher).await, writer.delta(2, 0, "next"));
}

/// After a runner's restart the beginning of a block may be unknown: half of it must not be sold as the whole.
pub(crate) async fn a_block_with_a_gap_is_not_shown_as_whole(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    live.publish(writer.delta(0, 40, "the end of something"));
    live.publish(writer.delta(1, 0, "Hello"));
    live.publish(writer.delta(1, 9, "lost its beginning"));
    live.publish(writer.delta(2, 0, "mark"));
    let mut watcher = live.watch(writer.user, writer.conversation);
    let mut client = Client::default();
    while !client.0.contains_key(&2) {
        client.take(&next(&mut watcher).await);
    }
    assert!(!client.0.contains_key(&0), "{:?}", client.0);
    assert!(!client.0.contains_key(&1), "{:?}", client.0);
}

pub(crate) async fn offsets_count_utf16(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    live.publish(writer.delta(0, 0, "👩‍👧 가"));
    let offset = "👩‍👧 가".encode_utf16().count() as u64;
    live.publish(writer.delta(0, offset, "나"));
    let mut watcher = live.watch(writer.user, writer.conversation);
    assert_eq!(next(&mut watcher).await, writer.delta(0, 0, "👩‍👧 가나"));
}

pub(crate) async fn conversations_do_not_mix(w: World) {
    let (live, mine, theirs) = (w.live(), Writer::new(&w), Writer::new(&w));
    let mut watcher = live.watch(mine.user, mine.conversation);
    live.publish(theirs.delta(0, 0, "secret"));
    live.close_run(theirs.conversation, theirs.run);
    live.publish(mine.delta(0, 0, "mine"));
    assert_eq!(next(&mut watcher).await, mine.delta(0, 0, "mine"));
    assert_eq!(watcher.next().now_or_never(), None);
}

pub(crate) async fn a_slow_watcher_gets_the_whole_block_again(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    let mut watcher = live.watch(writer.user, writer.conversation);
    let many = w.differences.lag_after.unwrap_or(500) * 2;
    for offset in 0..many {
        live.publish(writer.delta(0, u64::from(offset), "x"));
    }
    let mut client = Client::default();
    while client.0.get(&0).map_or(0, String::len) < many as usize {
        client.take(&next(&mut watcher).await);
    }
    live.publish(writer.delta(0, u64::from(many), "end"));
    client.take(&next(&mut watcher).await);
    assert!(client.0[&0].ends_with("xend"));
}

pub(crate) async fn nobody_watching_is_fine(w: World) {
    let (live, writer) = (w.live(), Writer::new(&w));
    live.publish(writer.delta(0, 0, "a"));
    drop(live.watch(writer.user, writer.conversation));
    live.publish(writer.delta(0, 1, "b"));
    let mut watcher = live.watch(writer.user, writer.conversation);
    assert_eq!(next(&mut watcher).await, writer.delta(0, 0, "ab"));
    live.close_run(writer.conversation, writer.run);
    live.close_run(writer.conversation, writer.run);
    live.close_block(w.id(), w.id(), 0);
}
