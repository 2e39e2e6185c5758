//! Folders and results as one download.

use std::io::{Cursor, Read as _};

use berth_api::Limits;
use berth_domain::event::Event;
use berth_domain::run::{Outcome, Reason, RunState};
use http::Method;

use crate::support::Rig;

async fn put(rig: &Rig, path: &str, text: &'static str) {
    let headers = [("authorization", "Bearer token")];
    let path = format!("/api/files/{path}");
    let answer = rig.call_with(Method::PUT, &path, &headers, text).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// Names and contents of a zip, as another program reads it.
fn unpacked(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.push((file.name().unwrap().into_owned(), text));
    }
    files
}

#[tokio::test]
async fn a_folder_is_one_zip() {
    let rig = Rig::new().await;
    put(&rig, "out/a.txt", "one").await;
    put(&rig, "out/%EA%B0%80/b.txt", "two").await;
    put(&rig, "other/c.txt", "three").await;
    let zip = rig.get("/api/files/out?zip").await;
    assert_eq!(zip.header("content-type"), "application/zip");
    assert!(zip.header("content-disposition").contains("out.zip"));
    let expected = [("a.txt", "one"), ("가/b.txt", "two")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(unpacked(&zip.body), expected);
    let single = rig.get("/api/files/out/a.txt?zip").await;
    assert_eq!(unpacked(&single.body)[0].1, "one");
    let none = rig.get("/api/files/nowhere?zip").await;
    assert_eq!(none.problem(), (404, "file.not_found".to_owned()));
}

#[tokio::test]
async fn too_much_and_unsafe_names_are_refused_before_the_first_byte() {
    let limits = Limits {
        zip_bytes: 4,
        ..Limits::default()
    };
    let rig = Rig::with(limits).await;
    put(&rig, "small/a.txt", "1234").await;
    put(&rig, "large/a.txt", "12345").await;
    put(&rig, "odd/C:a.txt", "1").await;
    assert_eq!(rig.get("/api/files/small?zip").await.status, 200);
    let large = rig.get("/api/files/large?zip").await;
    assert_eq!(large.problem(), (409, "file.zip_too_large".to_owned()));
    let odd = rig.get("/api/files/odd?zip").await;
    assert_eq!(odd.problem(), (409, "file.zip_name".to_owned()));
}

#[tokio::test]
async fn a_runs_results_are_one_zip_without_what_has_gone() {
    let rig = Rig::new().await;
    let agent = rig.agent("A").await;
    put(&rig, &format!("agent-{agent}/kept.csv"), "a,b").await;
    let made = |name: &str| Event::File {
        path: format!("agent-{agent}/{name}"),
        size: 3,
        media_type: "text/csv".to_owned(),
    };
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
    let run = rig
        .run_agent(agent, &outcome, &[made("kept.csv"), made("gone.csv")])
        .await;
    let zip = rig.get(&format!("/api/runs/{run}/zip")).await;
    assert_eq!(
        unpacked(&zip.body),
        [("kept.csv".to_owned(), "a,b".to_owned())]
    );
}
