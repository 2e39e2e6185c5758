//! JSON that stands in databases out there. A change of these types must read what earlier versions have written: a text here may
//! be added, but never changed.

use berth_domain::account::Account;
use berth_domain::agent::{AgentSnapshot, AgentSpec, VersionNote};
use berth_domain::event::Event;
use berth_domain::notification::NotificationSettings;
use berth_domain::proposal::ProposalBody;
use berth_domain::schedule::ScheduleSpec;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is stored is read, and what is written says the same.
fn golden<T: Serialize + DeserializeOwned>(stored: &str) -> T {
    let read: T = serde_json::from_str(stored).expect("readable");
    let expected: Value = serde_json::from_str(stored).expect("JSON");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), expected);
    read
}

/// Shorter texts are read as well: fields that were added later are missing in old ones.
fn short<T: DeserializeOwned>(stored: &str) -> T {
    serde_json::from_str(stored).expect("readable")
}

const SPEC: &str = r#"{"name":"시장 요약","prompt":"요약해줘","model":"claude-x","time_limit_seconds":1800,
    "cost_limit_micro_usd":1500000,"network":{"mode":"hosts","hosts":["*.example.com"]},
    "done":[{"kind":"file_exists","path":"brief.md"},{"kind":"newer_than_start","path":"brief.md"},
        {"kind":"min_rows","path":"data.csv","rows":3},{"kind":"min_size","path":"*.png","bytes":10},
        {"kind":"contains","path":null,"text":"합계"}],
    "notify":{"failure":true,"success":false,"paused":true,"budget":true}}"#;

const SCHEDULE: &str = r#"{"frequency":"weekly","time":"08:00","weekdays":["mon","fri"],"day_of_month":null,"cron":null,
    "time_zone":"Asia/Seoul","catch_up":"latest","catch_up_max":3,"overlap":"queue_one","jitter_seconds":30,
    "paused":false}"#;

#[test]
fn agents_and_what_runs_were_given() {
    golden::<AgentSpec>(SPEC);
    let saved = golden::<AgentSnapshot>(&format!(r#"{{"number":7,"version":3,"spec":{SPEC}}}"#));
    assert_eq!((saved.number, saved.version), (7, Some(3)));
    let draft = golden::<AgentSnapshot>(&format!(r#"{{"number":7,"version":null,"spec":{SPEC}}}"#));
    assert_eq!(draft.version, None);
    let bare: AgentSpec = short(r#"{"name":"n","prompt":"p"}"#);
    assert_eq!((bare.time_limit_seconds, bare.model), (1800, None));
    for network in [r#"{"mode":"packages"}"#, r#"{"mode":"open"}"#] {
        golden::<berth_domain::agent::Network>(network);
    }
    for note in [
        r#"{"change":"created"}"#,
        r#"{"change":"edited"}"#,
        r#"{"change":"rolled_back","to":2}"#,
    ] {
        golden::<VersionNote>(note);
    }
}

#[test]
fn schedules() {
    golden::<ScheduleSpec>(SCHEDULE);
    let cron: ScheduleSpec = short(r#"{"frequency":"cron","cron":"0 8 * * 1","time_zone":"UTC"}"#);
    assert_eq!(cron.cron.as_deref(), Some("0 8 * * 1"));
    for frequency in ["hourly", "daily", "monthly"] {
        short::<ScheduleSpec>(&format!(
            r#"{{"frequency":"{frequency}","time":"08:00","day_of_month":31,"time_zone":"Europe/Berlin",
                "catch_up":"all","overlap":"cancel_previous"}}"#
        ));
    }
}

#[test]
fn proposals() {
    golden::<ProposalBody>(&format!(
        r#"{{"kind":"agent","agent":{SPEC},"schedule":{SCHEDULE}}}"#
    ));
    golden::<ProposalBody>(&format!(
        r#"{{"kind":"agent","agent":{SPEC},"schedule":null}}"#
    ));
    golden::<ProposalBody>(&format!(
        r#"{{"kind":"schedule","agent_id":"01890000-0000-7000-8000-000000000001","schedule":{SCHEDULE}}}"#
    ));
}

#[test]
fn events_of_agents_runs() {
    golden::<Event>(
        r#"{"kind":"checked","checks":[
            {"check":{"kind":"file_exists","path":"brief.md"},"met":true,"reason":"met","found":null},
            {"check":{"kind":"min_rows","path":"data.csv","rows":3},"met":false,"reason":"too_few_rows","found":2}]}"#,
    );
    golden::<Event>(r#"{"kind":"proposal","proposal_id":"01890000-0000-7000-8000-000000000001"}"#);
}

#[test]
fn where_notifications_go() {
    golden::<NotificationSettings>(r#"{"email":"kim@example.com","webhook":null}"#);
    let none: NotificationSettings = short("{}");
    assert_eq!(none, NotificationSettings::default());
}

#[test]
fn accounts_of_sessions_and_tokens() {
    let member = golden::<Account>(r#"{"email":"mina@example.com","hosted_domain":"example.com"}"#);
    assert_eq!(member.hosted_domain.as_deref(), Some("example.com"));
    golden::<Account>(r#"{"email":"mina@mail.example","hosted_domain":null}"#);
}
