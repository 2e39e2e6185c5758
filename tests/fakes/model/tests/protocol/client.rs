//! A model on a port of its own, and a client that plays the CLI's part.

use berth_fake_model::{Model, Options};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A served model. Dropping it stops the server.
pub(crate) struct Server {
    pub(crate) model: Model,
    pub(crate) url: String,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

/// An answer put together from its events.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Names of the events, deltas and pings left out.
    pub(crate) events: Vec<String>,
    pub(crate) text: String,
    /// Name and input of the tool call.
    pub(crate) call: Option<(String, Value)>,
    pub(crate) id: String,
    pub(crate) stop_reason: String,
    pub(crate) usage: Value,
    pub(crate) error: Option<Value>,
    /// Whether the connection was lost before the end.
    pub(crate) cut: bool,
}

impl Server {
    pub(crate) async fn start(options: Options) -> Self {
        // The client wants a provider even for plain HTTP; another test of this process may have set it.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let model = Model::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = model.clone();
        tokio::spawn(async move { server.serve(listener, async { drop(stopped.await) }).await });
        Self {
            model,
            url,
            http: reqwest::Client::new(),
            _stop: stop,
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("x-claude-code-session-id", "s1");
        request
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self
            .http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("an answer");
        response.json().await.expect("JSON")
    }

    /// Streams the answer to these messages.
    pub(crate) async fn ask(&self, messages: &[Value]) -> Answer {
        self.stream(&body(messages, true)).await
    }

    /// The same with other tools on offer.
    pub(crate) async fn ask_with(&self, messages: &[Value], tools: &[&str]) -> Answer {
        let mut body = body(messages, true);
        body["tools"] = tools.iter().map(|name| json!({ "name": name })).collect();
        self.stream(&body).await
    }

    async fn stream(&self, body: &Value) -> Answer {
        let response = self.post("/v1/messages?beta=true", body).await;
        assert_eq!(response.status(), 200);
        assert!(
            response.headers()["content-type"]
                .to_str()
                .expect("text")
                .starts_with("text/event-stream")
        );
        Answer::read(response).await
    }
}

/// A request as the CLI makes it, reduced to what matters.
pub(crate) fn body(messages: &[Value], stream: bool) -> Value {
    let tools: Vec<Value> = ["Bash", "Write", "Read"]
        .iter()
        .map(|name| json!({ "name": name }))
        .collect();
    let environment = json!({ "role": "system", "content": "# Environment\n - Primary working directory: /workspace\n" });
    let messages: Vec<&Value> = messages[..1]
        .iter()
        .chain([&environment])
        .chain(&messages[1..])
        .collect();
    json!({
        "model": "claude-opus-5-5",
        "max_tokens": 1000,
        "system": [{ "type": "text", "text": "You are an agent." }],
        "tools": tools,
        "messages": messages,
        "stream": stream,
    })
}

pub(crate) fn user(text: &str) -> Value {
    let reminder = json!({ "type": "text", "text": "<system-reminder>\nsales chart [[die]]\n</system-reminder>" });
    json!({ "role": "user", "content": [reminder, { "type": "text", "text": text }] })
}

/// The two messages that follow a tool call: the call, and what the tool said.
pub(crate) fn called(answer: &Answer, output: &str, is_error: bool) -> [Value; 2] {
    let (name, input) = answer.call.clone().expect("a tool call");
    let id = format!("toolu_{}", answer.id);
    let result = json!({ "type": "tool_result", "tool_use_id": id, "content": output, "is_error": is_error });
    [
        json!({ "role": "assistant", "content": [{ "type": "tool_use", "id": id, "name": name, "input": input }] }),
        json!({ "role": "user", "content": [result] }),
    ]
}

impl Answer {
    async fn read(mut response: reqwest::Response) -> Self {
        let mut answer = Self::default();
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => {
                    answer.cut = true;
                    break;
                }
            }
        }
        let text = String::from_utf8(bytes).expect("whole characters");
        let mut partial = String::new();
        for frame in text.split_terminator("\n\n") {
            let (event, data) = frame.split_once('\n').expect("two lines");
            let event = event.strip_prefix("event: ").expect("an event line");
            let data: Value =
                serde_json::from_str(data.strip_prefix("data: ").expect("a data line"))
                    .expect("JSON");
            assert_eq!(data["type"], event);
            answer.add(event, &data, &mut partial);
        }
        answer
    }

    fn add(&mut self, event: &str, data: &Value, partial: &mut String) {
        match event {
            "message_start" => data["message"]["id"]
                .as_str()
                .expect("an id")
                .clone_into(&mut self.id),
            "content_block_start" if data["content_block"]["type"] == "tool_use" => {
                let name = data["content_block"]["name"].as_str().expect("a name");
                self.call = Some((name.to_owned(), Value::Null));
            }
            "content_block_delta" => {
                self.text
                    .push_str(data["delta"]["text"].as_str().unwrap_or_default());
                partial.push_str(data["delta"]["partial_json"].as_str().unwrap_or_default());
                return;
            }
            "content_block_stop" => {
                if let Some((_, input @ Value::Null)) = &mut self.call {
                    *input = serde_json::from_str(partial).expect("a whole input");
                }
            }
            "message_delta" => {
                data["delta"]["stop_reason"]
                    .as_str()
                    .expect("a reason")
                    .clone_into(&mut self.stop_reason);
                self.usage = data["usage"].clone();
            }
            "error" => self.error = Some(data["error"].clone()),
            "ping" => return,
            _ => {}
        }
        self.events.push(event.to_owned());
    }

    /// The command of the Bash call.
    pub(crate) fn command(&self) -> &str {
        let (name, input) = self.call.as_ref().expect("a call");
        assert_eq!(name, "Bash");
        assert_eq!(self.stop_reason, "tool_use");
        input["command"].as_str().expect("a command")
    }
}
