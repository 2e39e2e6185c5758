//! From what was found to verdicts. Nothing here touches a file.

use berth_domain::done::{Check, CheckResult};
use jiff::Timestamp;

use super::rows;

/// What a run is measured against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// When it began.
    pub(super) started_at: Timestamp,
    /// What it says.
    pub(super) result: Option<&'a str>,
}

/// The file that a check's path names.
#[derive(Debug)]
pub(super) struct Found {
    /// Its last part.
    pub(super) name: String,
    /// In bytes.
    pub(super) size: u64,
    pub(super) modified_at: Timestamp,
    pub(super) content: Content,
}

/// What is known of a file's bytes.
#[derive(Debug)]
pub(super) enum Content {
    /// No check asks for them.
    NotRead,
    Bytes(Vec<u8>),
    /// More than are read for a check.
    TooLarge,
    /// The workspace did not give them.
    Unreadable,
}

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Place {
    File(Found),
    Missing,
    /// The workspace could not say.
    Unknown,
}

/// Whether a check asks for a file's bytes.
pub(super) fn reads(check: &Check) -> bool {
    matches!(check, Check::MinRows { .. } | Check::Contains { .. })
}

/// A word and, where there is one, a figure.
type Verdict = (&'static str, Option<u64>);

/// Judges one check; `place` is where its path leads.
pub(super) fn judge(check: &Check, place: Option<&Place>, facts: Facts<'_>) -> CheckResult {
    let (reason, found) = match (check, place) {
        (Check::Contains { path: None, text }, _) => {
            let says = facts.result.is_some_and(|result| result.contains(text));
            (if says { "met" } else { "absent_text" }, None)
        }
        (_, Some(Place::File(file))) => of_file(check, file, facts),
        (_, Some(Place::Missing)) => ("missing", None),
        (_, Some(Place::Unknown) | None) => ("unreadable", None),
    };
    CheckResult {
        check: check.clone(),
        met: reason == "met",
        reason: reason.to_owned(),
        found,
    }
}

fn of_file(check: &Check, file: &Found, facts: Facts<'_>) -> Verdict {
    match check {
        Check::FileExists { .. } => ("met", Some(file.size)),
        Check::NewerThanStart { .. } => {
            // Files are dated in milliseconds, and a beginning in the middle of one.
            let newer = file.modified_at.as_millisecond() >= facts.started_at.as_millisecond();
            (if newer { "met" } else { "old" }, None)
        }
        Check::MinSize { bytes, .. } => {
            let enough = file.size >= *bytes;
            (if enough { "met" } else { "too_small" }, Some(file.size))
        }
        Check::MinRows { rows, .. } => with_bytes(file, |bytes| {
            let Ok(count) = rows::count(&file.name, bytes) else {
                return ("unreadable", None);
            };
            let enough = count >= *rows;
            (if enough { "met" } else { "too_few_rows" }, Some(count))
        }),
        Check::Contains { text, .. } => with_bytes(file, |bytes| {
            let says = String::from_utf8_lossy(bytes).contains(text);
            (if says { "met" } else { "absent_text" }, None)
        }),
    }
}

fn with_bytes(file: &Found, judge: impl FnOnce(&[u8]) -> Verdict) -> Verdict {
    match &file.content {
        Content::Bytes(bytes) => judge(bytes),
        Content::TooLarge => ("too_large", Some(file.size)),
        Content::Unreadable | Content::NotRead => ("unreadable", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;

    fn file(name: &str, second: i64, content: Content) -> Place {
        Place::File(Found {
            name: name.to_owned(),
            size: 12,
            modified_at: Timestamp::from_second(START + second).expect("a time"),
            content,
        })
    }

    fn verdict(check: &Check, place: &Place) -> (String, Option<u64>) {
        let facts = Facts {
            started_at: Timestamp::from_second(START).expect("a time"),
            result: Some("Total: 5"),
        };
        let result = judge(check, Some(place), facts);
        assert_eq!(result.met, result.reason == "met");
        (result.reason, result.found)
    }

    fn path() -> String {
        "a.csv".to_owned()
    }

    #[test]
    fn a_file_must_be_there_and_of_this_run() {
        let exists = Check::FileExists { path: path() };
        let newer = Check::NewerThanStart { path: path() };
        let place = |second| file("a.csv", second, Content::NotRead);
        assert_eq!(verdict(&exists, &place(-9)).0, "met");
        assert_eq!(verdict(&exists, &Place::Missing).0, "missing");
        assert_eq!(verdict(&exists, &Place::Unknown).0, "unreadable");
        assert_eq!(verdict(&newer, &place(-1)).0, "old");
        assert_eq!(verdict(&newer, &place(0)).0, "met");
    }

    #[test]
    fn figures_are_told_also_when_they_do_not_suffice() {
        let size = |bytes| Check::MinSize {
            path: path(),
            bytes,
        };
        let place = file("a.csv", 0, Content::NotRead);
        assert_eq!(verdict(&size(12), &place), ("met".to_owned(), Some(12)));
        assert_eq!(verdict(&size(13), &place).0, "too_small");
        let rows = Check::MinRows {
            path: path(),
            rows: 3,
        };
        let csv = |text: &str| file("a.csv", 0, Content::Bytes(text.as_bytes().to_vec()));
        let few = ("too_few_rows".to_owned(), Some(2));
        assert_eq!(verdict(&rows, &csv("h\n1\n2\n")), few);
        assert_eq!(verdict(&rows, &csv("h\n1\n2\n3")).0, "met");
        assert_eq!(
            verdict(&rows, &file("a.csv", 0, Content::TooLarge)).0,
            "too_large"
        );
    }

    #[test]
    fn a_text_is_looked_for_in_the_file_or_in_the_result() {
        let contains = |path: Option<&str>, text: &str| Check::Contains {
            path: path.map(str::to_owned),
            text: text.to_owned(),
        };
        let place = file("a.md", 0, Content::Bytes("합계 \u{ff}".into()));
        assert_eq!(verdict(&contains(Some("a.md"), "합계"), &place).0, "met");
        assert_eq!(
            verdict(&contains(Some("a.md"), "합 계"), &place).0,
            "absent_text"
        );
        assert_eq!(verdict(&contains(None, "Total"), &place).0, "met");
        assert_eq!(verdict(&contains(None, "total"), &place).0, "absent_text");
    }
}
