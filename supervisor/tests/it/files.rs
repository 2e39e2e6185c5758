//! The user's files, and those who would like others'.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use berth_supervisor_protocol::error::{ClientError, ErrorCode};
use berth_supervisor_protocol::files::EntryKind;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use nix::sys::stat::Mode;

use crate::harness::{Supervisor, eventually, within};

fn content(
    text: &'static str,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    stream::iter([Ok(Bytes::from_static(text.as_bytes()))])
}

async fn read(supervisor: &Supervisor, path: &str) -> Result<String, ClientError> {
    let download = supervisor.client.download(path, None).await?;
    let bytes = within("the file", download.body.read_whole(1 << 30)).await?;
    Ok(String::from_utf8(bytes.into()).expect("text"))
}

#[tokio::test]
async fn files_are_written_listed_read_moved_and_deleted() {
    let supervisor = Supervisor::start().await;
    let client = &supervisor.client;
    let path = "데이터/sub dir/a+b 100%.txt";
    let written = client
        .upload(path, None, content("hello"))
        .await
        .expect("written");
    assert_eq!((written.entry.size, written.entry.path.as_str()), (5, path));
    assert_eq!(read(&supervisor, path).await.expect("read"), "hello");
    assert_eq!(
        client.download(path, None).await.expect("a file").etag,
        written.etag
    );
    let mode = std::fs::metadata(supervisor.workspace.join(path))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o664);

    client.mkdir("Zoo/inner").await.expect("made");
    client.mkdir("Zoo/inner").await.expect("there already");
    client
        .upload("apple", None, content(""))
        .await
        .expect("written");
    client
        .upload("Banana", None, content(""))
        .await
        .expect("written");
    let listing = client.list("").await.expect("a list");
    let names: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(names, ["Zoo", "데이터", "apple", "Banana"]);
    assert_eq!(listing.entries[0].kind, EntryKind::Directory);

    let moved = client
        .rename("apple", "Zoo/inner/pear")
        .await
        .expect("moved");
    assert_eq!(moved.path, "Zoo/inner/pear");
    let taken = client
        .rename("Banana", "Zoo/inner/pear")
        .await
        .expect_err("taken");
    assert_eq!(taken.code(), Some(ErrorCode::Exists));
    client.delete("Zoo").await.expect("deleted");
    assert!(client.delete("Zoo").await.expect_err("gone").is_gone());
    assert!(!supervisor.workspace.join("Zoo").exists());
    assert_eq!(
        client.delete("").await.expect_err("the root").code(),
        Some(ErrorCode::Path)
    );
}

#[tokio::test]
async fn wrong_kinds_are_named() {
    let supervisor = Supervisor::start().await;
    let client = &supervisor.client;
    client
        .upload("file", None, content("x"))
        .await
        .expect("written");
    client.mkdir("folder").await.expect("made");
    assert_eq!(
        client.list("file").await.expect_err("a file").code(),
        Some(ErrorCode::NotADirectory)
    );
    assert_eq!(
        read(&supervisor, "folder")
            .await
            .expect_err("a folder")
            .code(),
        Some(ErrorCode::NotAFile)
    );
    assert_eq!(
        read(&supervisor, "none").await.expect_err("nothing").code(),
        Some(ErrorCode::NotFound)
    );
    let over = client
        .upload("folder", None, content("x"))
        .await
        .expect_err("a folder");
    assert_eq!(over.code(), Some(ErrorCode::NotAFile));
    let below = client
        .upload("file/below", None, content("x"))
        .await
        .expect_err("a file");
    assert_eq!(below.code(), Some(ErrorCode::NotADirectory));
    assert_eq!(
        client.mkdir("file").await.expect_err("a file").code(),
        Some(ErrorCode::Exists)
    );
}

#[tokio::test]
async fn parts_of_a_file() {
    let supervisor = Supervisor::start().await;
    supervisor
        .client
        .upload("f", None, content("0123456789"))
        .await
        .expect("written");
    for (range, start, expected) in [
        ("bytes=2-4", 2, "234"),
        ("bytes=7-", 7, "789"),
        ("bytes=-2", 8, "89"),
    ] {
        let part = supervisor
            .client
            .download("f", Some(range))
            .await
            .expect("a part");
        assert_eq!(
            (part.start, part.size, part.length),
            (start, 10, expected.len() as u64)
        );
        assert_eq!(part.body.read_whole(100).await.expect("bytes"), expected);
    }
    let beyond = supervisor
        .client
        .download("f", Some("bytes=10-"))
        .await
        .expect_err("beyond");
    assert_eq!(beyond.code(), Some(ErrorCode::Range));
    supervisor
        .client
        .upload("empty", None, content(""))
        .await
        .expect("written");
    assert_eq!(read(&supervisor, "empty").await.expect("read"), "");
}

#[tokio::test]
async fn an_upload_replaces_only_what_it_was_meant_to() {
    let supervisor = Supervisor::start().await;
    let client = &supervisor.client;
    let first = client
        .upload("f", None, content("first"))
        .await
        .expect("written");
    let file = supervisor.workspace.join("f");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o775)).expect("ours");
    let second = client
        .upload("f", Some(&first.etag), content("second!"))
        .await
        .expect("unchanged so far");
    assert_eq!(
        std::fs::metadata(&file)
            .expect("a file")
            .permissions()
            .mode()
            & 0o777,
        0o775
    );
    let stale = client
        .upload("f", Some(&first.etag), content("third"))
        .await
        .expect_err("changed");
    assert_eq!(stale.code(), Some(ErrorCode::Conflict));
    let none = client
        .upload("new", Some(&second.etag), content("x"))
        .await
        .expect_err("not there");
    assert_eq!(none.code(), Some(ErrorCode::Conflict));
    assert_eq!(read(&supervisor, "f").await.expect("read"), "second!");
}

#[tokio::test]
async fn a_cut_upload_leaves_nothing() {
    let supervisor = Supervisor::start().await;
    supervisor
        .client
        .upload("f", None, content("old"))
        .await
        .expect("written");
    let names = || -> Vec<_> {
        let entries = std::fs::read_dir(&supervisor.workspace)
            .expect("a folder")
            .flatten();
        entries.map(|entry| entry.file_name()).collect()
    };
    let broken = stream::iter([
        Ok(Bytes::from(vec![b'x'; 1 << 20])),
        Err(std::io::Error::other("cut")),
    ]);
    supervisor
        .client
        .upload("f", None, broken)
        .await
        .expect_err("cut");
    eventually("the rest is gone", async || names() == ["f"]).await;

    // Given up by dropping the call, in the middle.
    let endless =
        stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"x"))]).chain(stream::pending());
    let client = supervisor.client.clone();
    let upload = tokio::spawn(async move { client.upload("f", None, endless).await });
    eventually("it has begun", async || names().len() == 2).await;
    upload.abort();
    eventually("the rest is gone", async || names() == ["f"]).await;
    assert_eq!(read(&supervisor, "f").await.expect("read"), "old");
}

#[tokio::test]
async fn large_files_pass_both_ways() {
    let supervisor = Supervisor::start().await;
    let chunk = Bytes::from(
        (0..1 << 20)
            .map(|number: u32| number.to_le_bytes()[1])
            .collect::<Vec<_>>(),
    );
    let body = stream::iter(vec![chunk.clone(); 24]).map(Ok::<_, std::io::Error>);
    let written = supervisor
        .client
        .upload("big", None, body)
        .await
        .expect("written");
    assert_eq!(written.entry.size, 24 << 20);
    let download = supervisor
        .client
        .download("big", None)
        .await
        .expect("a file");
    let bytes = download.body.read_whole(1 << 30).await.expect("bytes");
    assert!(bytes.chunks(1 << 20).all(|part| part == chunk));
}

#[tokio::test]
async fn nothing_leads_outside() {
    let supervisor = Supervisor::start().await;
    let (client, workspace) = (&supervisor.client, &supervisor.workspace);
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("secret"), "secret").expect("a file");
    symlink("/etc/passwd", workspace.join("absolute")).expect("a link");
    symlink("../../../../../../etc/passwd", workspace.join("relative")).expect("a link");
    symlink(outside.path(), workspace.join("folder")).expect("a link");
    symlink("/proc/self/root/etc", workspace.join("magic")).expect("a link");
    symlink("loop", workspace.join("loop")).expect("a link");

    let long = "a/".repeat(2500);
    let paths = [
        "absolute",
        "relative",
        "folder/secret",
        "magic/passwd",
        "loop",
        "/etc/passwd",
        "..",
        "../x",
        "a/../../x",
        "a\0b",
        &long,
    ];
    for path in paths {
        assert_eq!(
            read(&supervisor, path).await.expect_err(path).code(),
            Some(ErrorCode::Path),
            "{path}"
        );
    }
    for path in ["folder/new", "folder/new/deep", "../new", "/tmp/new"] {
        client
            .upload(path, None, content("x"))
            .await
            .expect_err(path);
        client.mkdir(path).await.expect_err(path);
        client.delete(path).await.expect_err(path);
        client.rename("absolute", path).await.expect_err(path);
    }
    client.list("folder").await.expect_err("outside");
    client
        .changed(0, 10, Some("folder"))
        .await
        .expect_err("outside");
    assert!(
        client
            .changed(0, 10, None)
            .await
            .expect("a search")
            .entries
            .is_empty()
    );
    client
        .delete("folder")
        .await
        .expect("the link itself can be deleted");
    assert_eq!(
        std::fs::read_dir(outside.path())
            .expect("untouched")
            .count(),
        1
    );
    let kinds = client.list("").await.expect("a list").entries;
    assert!(
        kinds.iter().all(|entry| entry.kind == EntryKind::Other),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn links_that_stay_inside_are_followed() {
    let supervisor = Supervisor::start().await;
    supervisor
        .client
        .upload("data/real", None, content("inside"))
        .await
        .expect("written");
    supervisor.client.mkdir("other").await.expect("made");
    symlink("../data/real", supervisor.workspace.join("other/link")).expect("a link");
    assert_eq!(
        read(&supervisor, "other/link").await.expect("read"),
        "inside"
    );
    let entries = supervisor
        .client
        .list("other")
        .await
        .expect("a list")
        .entries;
    assert_eq!((entries[0].kind, entries[0].size), (EntryKind::File, 6));
}

#[tokio::test]
async fn pipes_sockets_and_devices_are_refused_without_waiting() {
    let supervisor = Supervisor::start().await;
    let workspace = &supervisor.workspace;
    nix::unistd::mkfifo(&workspace.join("pipe"), Mode::from_bits_truncate(0o666)).expect("a pipe");
    let _socket =
        std::os::unix::net::UnixListener::bind(workspace.join("socket")).expect("a socket");
    let mut names = vec!["pipe", "socket"];
    let device = nix::sys::stat::makedev(1, 5);
    let kind = nix::sys::stat::SFlag::S_IFCHR;
    // Only root can make one, and only root's user could therefore meet one.
    if nix::sys::stat::mknod(
        &workspace.join("device"),
        kind,
        Mode::from_bits_truncate(0o666),
        device,
    )
    .is_ok()
    {
        names.push("device");
    }
    for name in names {
        let refused = within("an answer", read(&supervisor, name))
            .await
            .expect_err(name);
        assert_eq!(refused.code(), Some(ErrorCode::NotAFile), "{name}");
        let refused = supervisor
            .client
            .upload(name, None, content("x"))
            .await
            .expect_err(name);
        assert_eq!(refused.code(), Some(ErrorCode::NotAFile), "{name}");
    }
}

#[tokio::test]
async fn a_folder_link_swapped_for_a_file_is_never_followed_outside() {
    let supervisor = Supervisor::start().await;
    let workspace = supervisor.workspace.clone();
    std::fs::create_dir(workspace.join("inside")).expect("a folder");
    std::fs::write(workspace.join("inside/passwd"), "harmless").expect("a file");
    let swap = tokio::task::spawn_blocking(move || {
        for round in 0..3000 {
            let target = if round % 2 == 0 { "/etc" } else { "inside" };
            symlink(target, workspace.join("next")).expect("a link");
            std::fs::rename(workspace.join("next"), workspace.join("way")).expect("swapped");
        }
    });
    while !swap.is_finished() {
        if let Ok(text) = read(&supervisor, "way/passwd").await {
            assert_eq!(text, "harmless");
        }
    }
    swap.await.expect("no panic");
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the file system has the machine's time, and the test must be older"
)]
async fn what_changed_is_found_and_noise_is_not() {
    let supervisor = Supervisor::start().await;
    let (client, workspace) = (&supervisor.client, &supervisor.workspace);
    let write = |path: &str| {
        let path = workspace.join(path);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        std::fs::write(path, "x").expect("a file");
    };
    write("old");
    // Set back in its content's time; its change is as recent as ever, so the search starts after it.
    let past = SystemTime::now() - Duration::from_hours(1);
    std::fs::File::options()
        .write(true)
        .open(workspace.join("old"))
        .expect("ours")
        .set_modified(past)
        .expect("set");
    let changed = std::fs::metadata(workspace.join("old")).expect("a file");
    let since = u64::try_from(changed.ctime() * 1000 + changed.ctime_nsec() / 1_000_000)
        .expect("after 1970")
        + 1;
    eventually("the clock of files moves on", async || {
        write("out/chart.png");
        client
            .changed(since, 10, None)
            .await
            .expect("a search")
            .entries
            .len()
            == 1
    })
    .await;
    let noise = [
        ".hidden/f",
        ".dot",
        "node_modules/m/f",
        "a/__pycache__/f",
        "lib/site-packages/f",
        "venv/f",
        "my/lib/f",
        "my/pyvenv.cfg",
        "agent-7/report.md",
    ];
    for path in noise {
        write(path);
    }
    write("analysis/deep/result.csv");
    let found = client.changed(since, 10, None).await.expect("a search");
    let mut paths: Vec<_> = found
        .entries
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["analysis/deep/result.csv", "out/chart.png"]);
    assert!(!found.truncated);
    let agent = client
        .changed(since, 10, Some("agent-7"))
        .await
        .expect("a search");
    assert_eq!(agent.entries[0].path, "agent-7/report.md");
    let one = client.changed(since, 1, None).await.expect("a search");
    assert!(one.truncated && one.entries.len() == 1);
    assert!(
        client
            .changed(since, 1, Some("none"))
            .await
            .expect_err("no such folder")
            .is_gone()
    );
}
