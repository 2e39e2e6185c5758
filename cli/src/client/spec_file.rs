//! The file that `berth agents apply` reads: YAML or JSON, an agent's own fields or an exported agent.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::Failure;

/// An agent's fields. A misspelt one must not be passed over: the API would.
const FIELDS: &[&str] = &[
    "name",
    "prompt",
    "model",
    "time_limit_seconds",
    "cost_limit_usd",
    "network",
    "done",
    "notify",
];
/// A schedule's fields.
const SCHEDULE_FIELDS: &[&str] = &[
    "frequency",
    "time",
    "weekdays",
    "day_of_month",
    "cron",
    "time_zone",
    "catch_up",
    "catch_up_max",
    "overlap",
    "jitter_seconds",
    "paused",
];

/// What a file says about a schedule.
#[derive(Debug, PartialEq)]
pub(crate) enum WantedSchedule {
    /// Nothing: it stays as it is.
    Unsaid,
    /// There shall be none.
    Absent,
    /// This one.
    Fields(Map<String, Value>),
}

/// What a file wants an agent to be. What it does not say is left alone.
#[derive(Debug, PartialEq)]
pub(crate) struct Wanted {
    /// The agent's name.
    pub(crate) name: String,
    /// The agent's fields, the name included.
    pub(crate) fields: Map<String, Value>,
    /// When it runs by itself.
    pub(crate) schedule: WantedSchedule,
    /// `active` or `inactive`.
    pub(crate) status: Option<Value>,
}

impl Wanted {
    /// Reads a file; `-` is standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut text = String::new();
        let read = if path.as_os_str() == "-" {
            std::io::stdin().read_to_string(&mut text).map(drop)
        } else {
            std::fs::read_to_string(path).map(|content| text = content)
        };
        let refused = |why: String| Failure::Input(format!("{}: {why}", path.display()));
        read.map_err(|error| refused(format!("it cannot be read: {error}")))?;
        Self::parse(&text).map_err(refused)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut document = document(text)?;
        // An export has the agent's fields one level down, beside the schedule.
        if document.contains_key("berth") {
            let known = document.get("berth") == Some(&Value::from("agent"))
                && document.get("version") == Some(&Value::from(1));
            if !known {
                return Err("it is not an agent that this version of Berth has exported".to_owned());
            }
            document.remove("berth");
            document.remove("version");
            match document.remove("agent") {
                Some(Value::Object(fields)) => document.extend(fields),
                _ => return Err("`agent` is missing".to_owned()),
            }
        }
        let status = document.remove("status");
        let schedule = match document.remove("schedule") {
            None => WantedSchedule::Unsaid,
            Some(Value::Null) => WantedSchedule::Absent,
            Some(Value::Object(fields)) => WantedSchedule::Fields(fields),
            Some(_) => return Err("`schedule` has fields of its own, or is null".to_owned()),
        };
        check_fields(&document, FIELDS, "")?;
        if let WantedSchedule::Fields(fields) = &schedule {
            check_fields(fields, SCHEDULE_FIELDS, "schedule.")?;
        }
        let name = document.get("name").and_then(Value::as_str).map(str::trim);
        let name = name.filter(|name| !name.is_empty());
        Ok(Self {
            name: name.ok_or("`name` is missing: a line of text")?.to_owned(),
            fields: document,
            schedule,
            status,
        })
    }
}

fn document(text: &str) -> Result<Map<String, Value>, String> {
    // YAML reads most of JSON too, but a mistake in JSON is better explained as one.
    let value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?
    } else {
        serde_saphyr::from_str(text).map_err(|error| format!("it is not YAML: {error}"))?
    };
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err("it has no fields such as `name:` and `prompt:`".to_owned()),
    }
}

fn check_fields(fields: &Map<String, Value>, known: &[&str], prefix: &str) -> Result<(), String> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!(
            "there is no field `{prefix}{key}`; there are {}",
            known.join(", ")
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const YAML: &str = r#"
# every Monday
name: 주간 요약
prompt: |
  Read sales.csv.
  Write a brief: three lines.
cost_limit_usd: 1.5
network: {mode: hosts, hosts: ["*.example.com"]}
schedule:
  frequency: weekly
  weekdays: [mon]
  time: 08:00
  time_zone: Asia/Seoul
"#;

    #[test]
    fn yaml_says_what_it_looks_like() {
        let wanted = Wanted::parse(YAML).unwrap();
        assert_eq!(wanted.name, "주간 요약");
        assert_eq!(
            wanted.fields["prompt"],
            "Read sales.csv.\nWrite a brief: three lines.\n"
        );
        assert_eq!(wanted.fields["cost_limit_usd"], 1.5);
        let WantedSchedule::Fields(schedule) = wanted.schedule else {
            panic!("{:?}", wanted.schedule);
        };
        assert_eq!(schedule["time"], "08:00");
        assert_eq!(schedule["weekdays"], json!(["mon"]));
        assert_eq!(wanted.status, None);
    }

    #[test]
    fn an_export_is_the_same_agent() {
        let export = json!({"berth": "agent", "version": 1, "schedule": null, "agent": {"name": "A", "prompt": "p"}});
        let wanted = Wanted::parse(&export.to_string()).unwrap();
        assert_eq!(
            wanted.fields,
            *json!({"name": "A", "prompt": "p"}).as_object().unwrap()
        );
        assert_eq!(wanted.schedule, WantedSchedule::Absent);
        let newer = export.to_string().replace("\"version\":1", "\"version\":2");
        assert!(Wanted::parse(&newer).is_err());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, why) in [
            ("name: A\npromt: p", "no field `promt`"),
            ("name: A\nschedule: {tiem: 1}", "no field `schedule.tiem`"),
            ("name: A\nschedule: daily", "`schedule` has fields"),
            ("prompt: p", "`name` is missing"),
            ("{\"name\": }", "not JSON"),
            ("a: [", "not YAML"),
            ("just text", "no fields"),
            ("", "no fields"),
        ] {
            let told = Wanted::parse(text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
    }
}
