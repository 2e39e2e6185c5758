//! Checks what is sent to Google's services against Google's own description of them.
//!
//! The discovery documents come with the Python package `google-api-python-client`; `tests/emulators/install.sh` fetches it. They do not say
//! which fields are required, so that is not checked.

use std::fs;

use serde_json::Value;

use crate::installed;
use crate::process::StartError;

/// The document of one service.
#[derive(Debug)]
pub struct Discovery(Value);

impl Discovery {
    /// Of a service and version, for example `cloudscheduler.v1`.
    pub fn of(service: &str) -> Result<Self, StartError> {
        let path = format!("googleapiclient/discovery_cache/documents/{service}.json");
        let text = fs::read(installed::folder().join(path)).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok())
            .map(Self)
            .ok_or(installed::missing("Google's discovery documents"))
    }

    /// What in `value` is no `kind`: unknown fields, wrong types, words that are none of an enumeration's. Numbers pass for those words,
    /// because Google's own clients send them.
    pub fn faults(&self, kind: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.look(&self.0["schemas"][kind], value, kind, &mut faults);
        faults
    }

    fn look(&self, schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
        let schema = match schema["$ref"].as_str() {
            Some(name) => &self.0["schemas"][name],
            None => schema,
        };
        let fits = match schema["type"].as_str() {
            Some("object") => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    let inside = format!("{path}.{name}");
                    match (&schema["properties"][name], &schema["additionalProperties"]) {
                        (Value::Null, Value::Null) => {
                            faults.push(format!("{inside}: unknown field"));
                        }
                        (Value::Null, more) => self.look(more, inner, &inside, faults),
                        (known, _) => self.look(known, inner, &inside, faults),
                    }
                }
                value.is_object()
            }
            Some("array") => {
                for (place, inner) in value.as_array().into_iter().flatten().enumerate() {
                    self.look(&schema["items"], inner, &format!("{path}[{place}]"), faults);
                }
                value.is_array()
            }
            Some("string") => match schema["enum"].as_array() {
                Some(words) => {
                    words.contains(value) || value.as_u64().is_some_and(|n| n < words.len() as u64)
                }
                None => value.is_string(),
            },
            Some("integer" | "number") => value.is_number() || value.is_string(),
            Some("boolean") => value.is_boolean(),
            _ => false,
        };
        if !fits {
            faults.push(format!("{path}: {value} does not fit"));
        }
    }
}
