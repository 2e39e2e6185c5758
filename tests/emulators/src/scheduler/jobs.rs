//! The jobs that are stored, and which of them are due.

use std::collections::BTreeMap;

use berth_domain::schedule::{Frequency, ScheduleSpec};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Received;
use super::attempt::Attempt;

/// Words of the enumerations that clients send as numbers, in Google's order.
const METHODS: [&str; 8] = [
    "HTTP_METHOD_UNSPECIFIED",
    "POST",
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
];

/// Why a request is refused: HTTP's code and Google's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused(pub(super) u16, pub(super) &'static str);

const NOT_FOUND: Refused = Refused(404, "NOT_FOUND");
const INVALID: Refused = Refused(400, "INVALID_ARGUMENT");

#[derive(Debug)]
pub(super) struct Jobs {
    by_name: BTreeMap<String, Value>,
    quota: usize,
    now: Timestamp,
    /// Calls that failed and are to be made again.
    retries: Vec<Attempt>,
    pub(super) received: Vec<Received>,
}

impl Jobs {
    pub(super) fn new(now: Timestamp, quota: usize) -> Self {
        Self {
            by_name: BTreeMap::new(),
            quota,
            now,
            retries: Vec::new(),
            received: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn all(&self) -> Vec<Value> {
        self.by_name.values().cloned().collect()
    }

    pub(super) fn below(&self, parent: &str) -> Vec<Value> {
        let prefix = format!("{parent}/jobs/");
        let jobs = self
            .by_name
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix));
        jobs.map(|(_, job)| job.clone()).collect()
    }

    pub(super) fn create(&mut self, parent: &str, mut job: Value) -> Result<Value, Refused> {
        let name = job["name"].as_str().unwrap_or_default().to_owned();
        normalize(&mut job);
        if !name.starts_with(&format!("{parent}/jobs/")) || plan(&job).is_none() {
            return Err(INVALID);
        }
        if self.by_name.contains_key(&name) {
            return Err(Refused(409, "ALREADY_EXISTS"));
        }
        if self.by_name.len() >= self.quota {
            return Err(Refused(429, "RESOURCE_EXHAUSTED"));
        }
        job["state"] = json!("ENABLED");
        self.by_name.insert(name, job.clone());
        Ok(job)
    }

    /// Changes the fields that `mask` names; without one, all.
    pub(super) fn update(
        &mut self,
        name: &str,
        mask: Option<&str>,
        mut job: Value,
    ) -> Result<Value, Refused> {
        let stored = self.by_name.get_mut(name).ok_or(NOT_FOUND)?;
        normalize(&mut job);
        let mut changed = stored.clone();
        let all = job.as_object().ok_or(INVALID)?.keys().cloned().collect();
        let fields: Vec<String> = mask.map_or(all, |mask| mask.split(',').map(camel).collect());
        for field in fields {
            changed[&field] = job[&field].clone();
        }
        plan(&changed).ok_or(INVALID)?;
        *stored = changed.clone();
        Ok(changed)
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<Value, Refused> {
        self.by_name
            .remove(name)
            .map(|_| json!({}))
            .ok_or(NOT_FOUND)
    }

    pub(super) fn set_state(&mut self, name: &str, state: &str) -> Result<Value, Refused> {
        let job = self.by_name.get_mut(name).ok_or(NOT_FOUND)?;
        if job["state"] == state {
            return Err(Refused(400, "FAILED_PRECONDITION"));
        }
        job["state"] = json!(state);
        Ok(job.clone())
    }

    pub(super) fn get(&self, name: &str) -> Result<Value, Refused> {
        self.by_name.get(name).cloned().ok_or(NOT_FOUND)
    }

    pub(super) fn tamper(&mut self, end: &str, change: impl FnOnce(&mut Value)) {
        if let Some((_, job)) = self
            .by_name
            .iter_mut()
            .find(|(name, _)| name.ends_with(end))
        {
            change(job);
        }
    }

    /// Makes a call that has failed again at its time.
    pub(super) fn later(&mut self, attempt: Attempt) {
        self.retries.push(attempt);
    }

    /// Moves the clock, and answers what became due on the way.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Attempt> {
        let from = self.now;
        self.now = now.max(from);
        let retries = std::mem::take(&mut self.retries);
        let (mut due, later): (Vec<_>, _) = retries.into_iter().partition(|it| it.at <= now);
        self.retries = later;
        let there = |attempt: &Attempt| {
            attempt.job["name"]
                .as_str()
                .is_some_and(|name| self.by_name.contains_key(name))
        };
        due.retain(there);
        for job in self
            .by_name
            .values()
            .filter(|job| job["state"] == "ENABLED")
        {
            let plan = plan(job);
            let times = plan
                .iter()
                .flat_map(|plan| plan.fires(from))
                .map(|fire| fire.at);
            due.extend(
                times
                    .take_while(|at| *at <= now)
                    .map(|at| Attempt::first(job, at)),
            );
        }
        due
    }
}

fn plan(job: &Value) -> Option<berth_domain::schedule::Plan> {
    let zone = job["timeZone"].as_str()?;
    let cron = job["schedule"].as_str()?.to_owned();
    let spec = ScheduleSpec {
        cron: Some(cron),
        ..ScheduleSpec::new(Frequency::Cron, zone)
    };
    spec.validate().ok()
}

/// Enumerations as words, as the service answers them.
fn normalize(job: &mut Value) {
    let method = &mut job["httpTarget"]["httpMethod"];
    let word = method
        .as_u64()
        .and_then(|n| METHODS.get(usize::try_from(n).ok()?));
    if let Some(word) = word {
        *method = json!(word);
    }
}

/// A field's name as JSON has it.
fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (head, tail) = part.split_at(part.len().min(1));
        text + &head.to_uppercase() + tail
    })
}
