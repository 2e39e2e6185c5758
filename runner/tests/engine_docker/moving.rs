//! What a workspace is on its way to another machine. Needs root: the folders of Docker's volumes are nobody else's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use berth_domain::ports::artifacts::ObjectKey;
use berth_embedded::LocalArtifacts;
use berth_runner::engine::Engine as _;
use berth_snapshot::{Base, Limits, Owners, Snapshots, Taking};
use jiff::Timestamp;

use crate::bench::{Bench, needed};
use crate::house::House;

fn snapshots(objects: &Arc<LocalArtifacts>, tree: &str) -> Snapshots {
    let prefix: ObjectKey = tree.parse().expect("a name");
    Snapshots::new(objects.clone(), prefix)
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("root can read Docker's volumes") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a kind").is_dir() {
            fs::remove_dir_all(entry.path()).expect("removed");
        } else {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
}

#[tokio::test]
async fn files_arrive_on_another_machine_with_the_owners_they_had() {
    let house = House::open().await;
    let (one, chat) = (house.agent(1), house.chat());
    let made = "echo mine >chat.txt; mkdir -p ~/.claude; echo session >~/.claude/s.jsonl; chmod 600 ~/.claude/s.jsonl";
    assert_eq!(house.says(&chat, made).await, "");
    let made = "echo yours >agent.txt; echo own >$HOME/own; chmod 600 $HOME/own";
    assert_eq!(house.says(&one, made).await, "");
    let folder = tempfile::tempdir().expect("a folder");
    let objects = LocalArtifacts::open(folder.path().to_owned()).expect("a place for objects");
    let objects = Arc::new(objects);
    let user = house.bench.user;
    house.workspaces.close(user).await.expect("stopped");
    let limits = Limits::default();
    for tree in needed(house.bench.engine().trees(user).await) {
        let taking = Taking {
            epoch: 1,
            now: Timestamp::UNIX_EPOCH,
            base: Base::Newest,
            limits,
        };
        let kept = snapshots(&objects, tree.name);
        let taken = kept.take(&tree.folder, &taking).await;
        taken.expect("a snapshot");
    }

    // Another user's volumes stand for the other machine: containers of one engine have their users' names.
    let other = Bench::new();
    let engine = other.engine();
    let owners = Owners::Kept(engine.accounts().expect("accounts of containers"));
    for tree in needed(engine.trees(other.user).await) {
        empty(&tree.folder);
        let kept = snapshots(&objects, tree.name);
        let restored = kept.restore(&tree.folder, &limits, &owners).await;
        restored.expect("restored").expect("a snapshot");
    }
    let there = House::open_in(other).await;
    let (one, chat) = (there.agent(1), there.chat());
    let seen = "cat chat.txt ~/.claude/s.jsonl; echo more >>chat.txt; stat -c '%u:%g %a' chat.txt ~/.claude/s.jsonl";
    let chats = there.says(&chat, seen).await;
    assert_eq!(chats, "mine\nsession\n1000:1000 664\n1000:1000 600\n");
    let seen = "cat agent.txt $HOME/own; echo more >>$HOME/own; cat ../chat.txt; cat ~claude/.claude/s.jsonl || echo closed";
    let agents = there.says(&one, seen).await;
    assert!(agents.starts_with("yours\nown\nmine\nmore\n"), "{agents}");
    assert!(agents.contains("closed"), "{agents}");
    let peeked = there
        .says(&chat, "cat /home/agents/1/own || echo closed")
        .await;
    assert!(peeked.contains("closed"), "{peeked}");
}
