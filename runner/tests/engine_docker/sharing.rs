//! What agents of one user share, with each other and with the user.

use berth_domain::ports::workspaces::Workspaces as _;

use crate::house::House;

#[tokio::test]
async fn files_in_the_workspace_are_everybodys() {
    let house = House::open().await;
    let (one, two, chat) = (house.agent(1), house.agent(2), house.chat());
    house.write("before/data.csv", "from the user\n").await;
    house.says(&chat, "echo from the chat >chat.txt").await;
    let report = format!("{}/report.csv", one.cwd);
    let line = format!(
        "cat ../before/data.csv ../chat.txt >{report}; echo one >>../chat.txt; rm -r ../before"
    );
    assert_eq!(house.says(&one, &line).await, "");
    let line = format!("echo two >>{report}; cat {report} ../chat.txt");
    let seen = house.says(&two, &line).await;
    let expected = "from the user\nfrom the chat\ntwo\nfrom the chat\none\n";
    assert_eq!(seen, expected);
    assert_eq!(
        house.says(&chat, "cat chat.txt").await,
        "from the chat\none\n"
    );
    let path = format!("{}/report.csv", one.folder);
    assert!(house.read(&path).await.ends_with("two\n"));
}

#[tokio::test]
async fn the_user_reads_changes_and_deletes_what_an_agent_closed() {
    let house = House::open().await;
    let one = house.agent(1);
    let made = "umask 077; mkdir -p closed/in/deep; echo 1 >closed/in/deep/a.txt; chmod 400 closed/in/deep/a.txt
        cp closed/in/deep/a.txt b.txt; chmod 500 closed/in; ln -s closed/in link
        mkdir -m 1755 sticky; touch sticky/c; mkdir -p archive/x; touch archive/x/y; chmod -R 500 archive";
    assert_eq!(house.says(&one, made).await, "");
    let (files, user, top) = (&house.workspaces, house.bench.user, &one.folder);

    let listed = files.list(user, &format!("{top}/closed/in")).await;
    assert_eq!(listed.expect("a listing").entries[0].name, "deep");
    assert_eq!(
        house.read(&format!("{top}/closed/in/deep/a.txt")).await,
        "1\n"
    );
    assert_eq!(house.read(&format!("{top}/b.txt")).await, "1\n");
    house.write(&format!("{top}/b.txt"), "2\n").await;
    house.write(&format!("{top}/sticky/new/d.txt"), "3\n").await;
    let (from, to) = (format!("{top}/archive/x"), format!("{top}/moved"));
    files.rename(user, &from, &to).await.expect("moved");
    // The agent goes on with what the user wrote.
    let seen = house.says(
        &one,
        "cat b.txt sticky/new/d.txt; echo 4 >>b.txt; tail -n 1 b.txt; rm sticky/new/d.txt",
    );
    assert_eq!(seen.await, "2\n3\n4\n");
    house
        .says(
            &one,
            "mkdir -p again/x/y; touch again/x/y/z; chmod -R 500 again; chmod 0 again/x/y",
        )
        .await;
    for name in [
        "closed", "sticky", "archive", "moved", "again", "b.txt", "link",
    ] {
        let removed = files.remove(user, &format!("{top}/{name}")).await;
        removed.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    let left = files.list(user, top).await.expect("a listing").entries;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn changed_files_are_found_where_an_agent_closed_its_folders() {
    let house = House::open().await;
    let one = house.agent(1);
    house
        .says(
            &one,
            "mkdir -m 700 out; echo 1 >out/result.csv; mkdir -m 700 empty",
        )
        .await;
    let client = house.berth.client();
    let changed = client
        .changed(0, 10, Some(&one.folder))
        .await
        .expect("a list");
    let paths: Vec<_> = changed.entries.iter().map(|entry| &entry.path).collect();
    assert_eq!(paths, [&format!("{}/out/result.csv", one.folder)]);
}
