//! A request that was checked, written again: only fields that are known go upstream.

use crate::model::json::{Json, Text};
use crate::model::vertex;

/// Fields that are forwarded.
const FORWARDED: &[&str] = &[
    "model",
    "messages",
    "system",
    "max_tokens",
    "stream",
    "tools",
    "tool_choice",
    "thinking",
    "temperature",
    "top_k",
    "top_p",
    "stop_sequences",
    "metadata",
    "cache_control",
    "context_management",
    "output_config",
    "output_format",
];

/// Of these, what Vertex AI takes where tokens are only counted, beside the model.
const COUNTED: &[&str] = &["messages", "system", "tools", "tool_choice", "thinking"];

pub(super) fn for_anthropic(fields: &[(Text<'_>, Json<'_>)]) -> String {
    rewrite(fields, FORWARDED, &[])
}

/// The model stands in the path, or, where tokens are counted, in the body under the name it has there.
pub(super) fn for_vertex(
    fields: &[(Text<'_>, Json<'_>)],
    counts_only: bool,
    model: &str,
) -> String {
    let (name, version) = vertex::VERSION;
    let version = (Text::plain(name), Json::Text(Text::plain(version)));
    if counts_only {
        let model = format!("\"{model}\"");
        let model = (Text::plain("\"model\""), Json::Text(Text::plain(&model)));
        return rewrite(fields, COUNTED, &[version, model]);
    }
    let forwarded: Vec<_> = FORWARDED
        .iter()
        .copied()
        .filter(|name| *name != "model")
        .collect();
    rewrite(fields, &forwarded, &[version])
}

/// The fields that are `forwarded`, and `added` after them.
fn rewrite<'a>(
    fields: &[(Text<'a>, Json<'a>)],
    forwarded: &[&str],
    added: &[(Text<'a>, Json<'a>)],
) -> String {
    let known = |name: &str| forwarded.contains(&name);
    let mut kept: Vec<_> = fields
        .iter()
        .filter(|(name, _)| known(&name.value))
        .cloned()
        .collect();
    if kept.len() < fields.len() {
        let dropped: Vec<_> = fields
            .iter()
            .map(|(name, _)| &*name.value)
            .filter(|name| !known(name))
            .take(8)
            .collect();
        tracing::debug!(fields = ?dropped, "fields of a model request are not forwarded");
    }
    kept.extend_from_slice(added);
    let mut out = String::new();
    Json::Object(kept).write(&mut out);
    out
}
