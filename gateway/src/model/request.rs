//! What a model request may ask for.
//!
//! The API can be made to fetch for its caller: MCP servers, server tools, files and documents by URL. Each would be a way
//! out of the container that carries our key, so tools are an allow-list, sources must be inline, and top-level fields that
//! are not known here are not forwarded (some of them also change the price, which the budget would not know).

use berth_domain::usage::{MicroUsd, Price};
use bytes::Bytes;

use super::json::{Json, Text};
use super::vertex;
use crate::http::Refusal;

mod rewrite;

/// Fields that are refused by name, because whoever sends one means to use it.
const REFUSED: &[&str] = &["mcp_servers", "container"];

/// Anthropic-defined tools that the client carries out: name before the version.
const CLIENT_TOOLS: &[&str] = &["bash_", "text_editor_", "computer_", "memory_"];

/// Blocks that only exist where the API itself runs something or holds a file.
const REFUSED_BLOCKS: &[&str] = &[
    "container_upload",
    "server_tool_use",
    "mcp_tool_use",
    "mcp_tool_result",
    "mcp_toolset",
];

/// An image costs this many tokens at most, however many bytes it has.
const IMAGE_TOKENS: u64 = 5_000;
/// The estimate of a prompt: bytes a token. Low for prose and code, right for the densest scripts.
const BYTES_PER_TOKEN: u64 = 3;

/// A request that passed, as it goes upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) body: Bytes,
    /// As the upstream knows it.
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// An upper estimate of the tokens going in.
    pub(crate) prompt_tokens: u64,
    /// Zero when only tokens are counted.
    pub(crate) max_tokens: u64,
    /// Somewhere the prompt is cached for an hour.
    pub(crate) hour_cache: bool,
    /// On top of the list price.
    pub(crate) surcharge_percent: u64,
}

impl Checked {
    /// The most the call can cost.
    pub(crate) fn worst_case(&self) -> MicroUsd {
        Price::of(&self.model, self.prompt_tokens)
            .with_surcharge(self.surcharge_percent)
            .worst_case(self.prompt_tokens, self.max_tokens, self.hour_cache)
    }
}

/// What a run may ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed<'a> {
    pub(crate) models: Option<&'a [String]>,
    pub(crate) max_tokens: u64,
    /// Whether `max_tokens` must be there: it is the bound of what the answer costs.
    pub(crate) counts_only: bool,
}

/// For which upstream a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Anthropic,
    Vertex {
        /// On top of the list price.
        surcharge_percent: u64,
    },
}

/// Reads, checks and rewrites the body of a call to `/v1/messages` or `/v1/messages/count_tokens`.
pub(crate) fn check(body: &[u8], allowed: Allowed<'_>, form: Form) -> Result<Checked, Refusal> {
    let text =
        std::str::from_utf8(body).map_err(|_| Refusal::bad_request("the request is not UTF-8"))?;
    let json = Json::parse(text).map_err(|error| Refusal::bad_request(error.to_string()))?;
    let Json::Object(fields) = &json else {
        return Err(Refusal::bad_request("the request is not an object"));
    };
    if let Some(name) = REFUSED
        .iter()
        .find(|name| json.get(name).is_some_and(|value| !value.is_null()))
    {
        return Err(refused(name));
    }
    let asked = check_model(&json, allowed.models)?;
    let model = match form {
        Form::Anthropic => asked,
        Form::Vertex { .. } => vertex::model_id(&asked)?,
    };
    let max_tokens = check_max_tokens(&json, allowed)?;
    let mut seen = Seen::default();
    check_tools(json.get("tools"))?;
    seen.content(json.get("system"))?;
    for message in json
        .get("messages")
        .and_then(Json::as_list)
        .unwrap_or_default()
    {
        seen.content(Some(message))?;
    }
    let body = match form {
        Form::Anthropic => rewrite::for_anthropic(fields),
        Form::Vertex { .. } => rewrite::for_vertex(fields, allowed.counts_only, &model),
    };
    let counted = (body.len() as u64).saturating_sub(seen.image_bytes);
    Ok(Checked {
        prompt_tokens: counted.div_ceil(BYTES_PER_TOKEN) + seen.images * IMAGE_TOKENS,
        hour_cache: body.contains(r#""ttl":"1h""#),
        body: Bytes::from(body),
        model,
        stream: json.get("stream").is_some_and(Json::is_true),
        max_tokens,
        surcharge_percent: match form {
            Form::Anthropic => 0,
            Form::Vertex { surcharge_percent } => surcharge_percent,
        },
    })
}

fn refused(what: &str) -> Refusal {
    Refusal::bad_request(format!("{what}: not available in this workspace"))
}

fn check_model(json: &Json<'_>, models: Option<&[String]>) -> Result<String, Refusal> {
    let model = json
        .get("model")
        .and_then(Json::as_str)
        .ok_or_else(|| Refusal::bad_request("model: missing"))?;
    if model.is_empty() || model.len() > 128 || !model.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::bad_request("model: not a model name"));
    }
    if models.is_some_and(|models| !models.iter().any(|known| known == model)) {
        return Err(Refusal::bad_request(format!(
            "model: {model} is not allowed for this run"
        )));
    }
    Ok(model.to_owned())
}

fn check_max_tokens(json: &Json<'_>, allowed: Allowed<'_>) -> Result<u64, Refusal> {
    if allowed.counts_only {
        return Ok(0);
    }
    let asked = json.get("max_tokens").and_then(Json::as_u64);
    let max_tokens =
        asked.ok_or_else(|| Refusal::bad_request("max_tokens: missing or not a whole number"))?;
    if max_tokens > allowed.max_tokens {
        return Err(Refusal::bad_request(format!(
            "max_tokens: at most {}",
            allowed.max_tokens
        )));
    }
    Ok(max_tokens)
}

fn check_tools(tools: Option<&Json<'_>>) -> Result<(), Refusal> {
    for tool in tools.and_then(Json::as_list).unwrap_or_default() {
        let allowed = match tool.get("type") {
            None => true,
            Some(kind) => kind.is_null() || kind.as_str().is_some_and(is_client_tool),
        };
        if !allowed {
            let name = tool
                .get("type")
                .and_then(Json::as_str)
                .unwrap_or("tool")
                .chars()
                .take(64)
                .collect::<String>();
            return Err(refused(&name));
        }
    }
    Ok(())
}

/// Whether a name ends like the tools that Anthropic defines: in an underscore and a date.
fn is_versioned(kind: &str) -> bool {
    kind.rsplit_once('_').is_some_and(|(_, version)| {
        version.len() == 8 && version.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_client_tool(kind: &str) -> bool {
    let versioned = |name: &str| {
        kind.strip_prefix(name)
            .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
    };
    kind == "custom" || CLIENT_TOOLS.iter().any(|name| versioned(name))
}

/// Walks system text and messages, whatever blocks they have: tools can also be added in the middle of a conversation.
#[derive(Debug, Default)]
struct Seen {
    images: u64,
    image_bytes: u64,
}

impl Seen {
    fn content(&mut self, content: Option<&Json<'_>>) -> Result<(), Refusal> {
        match content {
            Some(Json::List(items)) => items.iter().try_for_each(|item| self.content(Some(item))),
            Some(Json::Object(fields)) => {
                self.block(fields, content.and_then(|block| block.get("type")))
            }
            _ => Ok(()),
        }
    }

    fn block(
        &mut self,
        fields: &[(Text<'_>, Json<'_>)],
        kind: Option<&Json<'_>>,
    ) -> Result<(), Refusal> {
        let kind = kind.and_then(Json::as_str).unwrap_or_default();
        if REFUSED_BLOCKS.contains(&kind) || (is_versioned(kind) && !is_client_tool(kind)) {
            return Err(refused(kind));
        }
        for (name, value) in fields {
            match &*name.value {
                // Data of the agent: nothing in it is fetched, and it may look like anything.
                "input" | "input_schema" => {}
                name if REFUSED.contains(&name) && !value.is_null() => return Err(refused(name)),
                "source" => self.source(kind, value)?,
                _ => self.content(Some(value))?,
            }
        }
        Ok(())
    }

    fn source(&mut self, block: &str, source: &Json<'_>) -> Result<(), Refusal> {
        // A label and not an address: of a search result, or of what cites one.
        if block.starts_with("search_result") && source.as_str().is_some() {
            return Ok(());
        }
        let field = |name| source.get(name);
        match field("type").and_then(Json::as_str) {
            Some("base64") => {
                if block == "image" {
                    self.images += 1;
                    self.image_bytes += field("data")
                        .and_then(Json::as_str)
                        .map_or(0, |data| data.len() as u64);
                }
                Ok(())
            }
            Some("text") => Ok(()),
            Some("content") => self.content(field("content")),
            _ => Err(refused("a source that is not inline")),
        }
    }
}

#[cfg(test)]
mod tests;
