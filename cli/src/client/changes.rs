//! What must be done to make an agent what a file wants, and nothing more: a change that changes nothing would still be a new
//! version.

use berth_domain::agent::NotifyRules;
use berth_domain::schedule::{Frequency, ScheduleSpec};
use serde_json::{Map, Value, json};

use super::{Wanted, WantedSchedule, printable};

/// What becomes of the schedule.
#[derive(Debug, PartialEq)]
pub(crate) enum ScheduleChange {
    Keep,
    Put(Value),
    Remove,
}

/// The way from what is there to what is wanted.
#[derive(Debug)]
pub(crate) struct Changes {
    /// Fields to change, `status` included.
    pub(crate) fields: Map<String, Value>,
    /// What becomes of the schedule.
    pub(crate) schedule: ScheduleChange,
    /// One change a line or more, for people.
    pub(crate) lines: Vec<String>,
}

impl Changes {
    /// Compares an agent, as the API answers it, with what is wanted.
    pub(crate) fn between(agent: &Value, wanted: &Wanted) -> Self {
        let mut changes = Self {
            fields: Map::new(),
            schedule: ScheduleChange::Keep,
            lines: Vec::new(),
        };
        let status = wanted.status.iter().map(|status| ("status", status));
        let fields = wanted
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value));
        for (name, value) in fields.chain(status) {
            let (before, after) = (complete(name, &agent[name]), complete(name, value));
            if before != after {
                changes.lines.extend(difference(name, &before, &after));
                changes.fields.insert(name.to_owned(), value.clone());
            }
        }
        changes.compare_schedule(&agent["schedule"], &wanted.schedule);
        changes
    }

    /// Whether everything is as it should be.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.schedule == ScheduleChange::Keep
    }

    fn compare_schedule(&mut self, before: &Value, wanted: &WantedSchedule) {
        let wanted = match wanted {
            WantedSchedule::Unsaid => return,
            WantedSchedule::Absent if before.is_null() => return,
            WantedSchedule::Absent => {
                self.schedule = ScheduleChange::Remove;
                self.lines.push("schedule: removed".to_owned());
                return;
            }
            WantedSchedule::Fields(wanted) => wanted,
        };
        let after = complete_schedule(wanted, &before["paused"]);
        if before.is_null() {
            self.lines.push("schedule: added".to_owned());
            self.schedule = ScheduleChange::Put(Value::Object(after));
            return;
        }
        let mut changed = false;
        for (name, value) in &after {
            let (old, new) = (complete(name, &before[name]), complete(name, value));
            if old != new {
                changed = true;
                self.lines
                    .extend(difference(&format!("schedule.{name}"), &old, &new));
            }
        }
        if changed {
            self.schedule = ScheduleChange::Put(Value::Object(after));
        }
    }
}

/// A field with what the API would fill in, so that two ways of writing the same compare as the same.
fn complete(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("name", Value::String(text)) => text.trim().into(),
        ("network", Value::Object(_)) => over(json!({"hosts": []}), value),
        ("notify", Value::Object(_)) => over(
            serde_json::to_value(NotifyRules::default()).unwrap_or_default(),
            value,
        ),
        ("done", Value::Array(checks)) => checks.iter().map(without_nulls).collect(),
        ("weekdays", Value::Array(days)) => {
            let mut days: Vec<&str> = days.iter().filter_map(Value::as_str).collect();
            days.sort_unstable();
            days.into()
        }
        ("cost_limit_usd", Value::Number(number)) => number.as_f64().into(),
        _ => value.clone(),
    }
}

/// A schedule with the API's defaults. Whether it is paused is left as it is, where nothing is said about it.
fn complete_schedule(wanted: &Map<String, Value>, paused: &Value) -> Map<String, Value> {
    let blank = ScheduleSpec::new(Frequency::Daily, "");
    let defaults = serde_json::to_value(blank).unwrap_or_default();
    let mut all = match over(defaults, &Value::Object(wanted.clone())) {
        Value::Object(all) => all,
        _ => wanted.clone(),
    };
    // These two are the writer's to give; the server says so when they are missing.
    all.retain(|name, _| {
        wanted.contains_key(name) || !matches!(name.as_str(), "frequency" | "time_zone")
    });
    if !wanted.contains_key("paused") && paused.is_boolean() {
        all.insert("paused".to_owned(), paused.clone());
    }
    all
}

fn over(mut base: Value, value: &Value) -> Value {
    if let (Some(base), Some(fields)) = (base.as_object_mut(), value.as_object()) {
        base.extend(fields.clone());
    }
    base
}

fn without_nulls(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

/// A changed field; of a text of several lines, the lines around the change.
fn difference(name: &str, before: &Value, after: &Value) -> Vec<String> {
    let (Some(old), Some(new)) = (before.as_str(), after.as_str()) else {
        return vec![format!("{name}: {} → {}", shown(before), shown(after))];
    };
    if !old.contains('\n') && !new.contains('\n') {
        return vec![format!("{name}: {} → {}", shown(before), shown(after))];
    }
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let marked = |mark: char| move |line: &&str| printable(&format!("  {mark} {line}"));
    let mut lines = vec![format!("{name}, line {}:", head + 1)];
    lines.extend(old[..old.len() - tail].iter().map(marked('-')));
    lines.extend(new[..new.len() - tail].iter().map(marked('+')));
    lines
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> Value {
        json!({
            "id": "1", "name": "Brief", "prompt": "One.\nTwo.\nThree.", "model": null, "time_limit_seconds": 1800,
            "cost_limit_usd": 1.0, "network": {"mode": "open", "hosts": []},
            "done": [{"kind": "contains", "path": null, "text": "x"}],
            "notify": {"failure": true, "success": false, "paused": true, "budget": true}, "status": "active",
            "schedule": {"id": "2", "frequency": "weekly", "time": "08:00", "weekdays": ["mon", "fri"], "day_of_month": null,
                "cron": null, "time_zone": "Asia/Seoul", "catch_up": "latest", "catch_up_max": 3, "overlap": "queue_one",
                "jitter_seconds": 0, "paused": true, "next_due_at": null}
        })
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn these(fields: &Value) -> WantedSchedule {
        WantedSchedule::Fields(object(fields))
    }

    fn wanted(fields: &Value, schedule: WantedSchedule) -> Wanted {
        Wanted {
            name: "Brief".to_owned(),
            fields: object(fields),
            schedule,
            status: None,
        }
    }

    #[test]
    fn other_ways_of_writing_the_same_change_nothing() {
        let same = wanted(
            &json!({"name": " Brief ", "cost_limit_usd": 1, "network": {"mode": "open"}, "model": null,
                "done": [{"kind": "contains", "text": "x"}], "notify": {}}),
            these(
                &json!({"frequency": "weekly", "weekdays": ["fri", "mon"], "time": "08:00", "time_zone": "Asia/Seoul"}),
            ),
        );
        let changes = Changes::between(&agent(), &same);
        assert!(changes.is_empty(), "{changes:?}");
        assert!(changes.lines.is_empty());
    }

    #[test]
    fn only_what_differs_is_sent_and_told() {
        let other = wanted(
            &json!({"prompt": "One.\n2.\nThree.", "time_limit_seconds": 60, "model": null}),
            these(&json!({"frequency": "daily", "time": "08:00", "time_zone": "Asia/Seoul"})),
        );
        let changes = Changes::between(&agent(), &other);
        assert_eq!(
            changes.fields.keys().collect::<Vec<_>>(),
            ["prompt", "time_limit_seconds"]
        );
        let ScheduleChange::Put(schedule) = &changes.schedule else {
            panic!("{changes:?}");
        };
        assert_eq!(
            (&schedule["paused"], &schedule["weekdays"]),
            (&json!(true), &json!([]))
        );
        assert_eq!(
            changes.lines,
            [
                "prompt, line 2:",
                "  - Two.",
                "  + 2.",
                "time_limit_seconds: 1800 → 60",
                "schedule.frequency: weekly → daily",
                "schedule.weekdays: [\"fri\",\"mon\"] → []",
            ]
        );
    }

    #[test]
    fn a_schedule_goes_only_when_the_file_says_so() {
        let keep = Changes::between(&agent(), &wanted(&json!({}), WantedSchedule::Unsaid));
        assert_eq!(keep.schedule, ScheduleChange::Keep);
        let remove = Changes::between(&agent(), &wanted(&json!({}), WantedSchedule::Absent));
        assert_eq!(remove.schedule, ScheduleChange::Remove);
    }

    #[test]
    fn what_the_server_must_refuse_reaches_it() {
        let changes = Changes::between(
            &agent(),
            &wanted(&json!({}), these(&json!({"time": "09:00"}))),
        );
        let ScheduleChange::Put(schedule) = &changes.schedule else {
            panic!("{changes:?}");
        };
        assert_eq!(schedule.get("frequency"), None);
    }
}
