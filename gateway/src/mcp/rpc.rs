//! JSON-RPC 2.0, as much of it as is spoken here.

use serde_json::{Value, json};

/// What arrived.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// Wants an answer.
    Request {
        id: Value,
        method: String,
        params: Value,
    },
    /// Wants none: a notification, or an answer to something that was never asked.
    Other,
}

/// An error of the protocol; a tool that fails answers with a result that says so.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RpcError {
    code: i32,
    message: &'static str,
}

impl RpcError {
    const fn invalid(message: &'static str) -> Self {
        Self {
            code: -32600,
            message,
        }
    }

    pub(super) const fn no_such_method() -> Self {
        Self {
            code: -32601,
            message: "there is no such method here",
        }
    }

    pub(super) const fn no_such_tool() -> Self {
        Self {
            code: -32602,
            message: "there is no such tool here",
        }
    }

    pub(super) fn response(&self, id: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": id, "error": {"code": self.code, "message": self.message}})
    }
}

impl Incoming {
    /// Reads one message; batches went out of the protocol again.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, RpcError> {
        let mut message: Value = serde_json::from_slice(bytes).map_err(|_| RpcError {
            code: -32700,
            message: "that is not JSON",
        })?;
        if !message.is_object() || message["jsonrpc"] != "2.0" {
            return Err(RpcError::invalid("one JSON-RPC 2.0 message is expected"));
        }
        let Some(method) = message["method"].as_str().map(str::to_owned) else {
            let answers = message.get("result").or(message.get("error")).is_some();
            return if answers {
                Ok(Self::Other)
            } else {
                Err(RpcError::invalid("a message has a method"))
            };
        };
        match message.get_mut("id").map(Value::take) {
            None | Some(Value::Null) => Ok(Self::Other),
            Some(id @ (Value::String(_) | Value::Number(_))) => Ok(Self::Request {
                id,
                method,
                params: message["params"].take(),
            }),
            Some(_) => Err(RpcError::invalid("an id is a text or a number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        let read = |text: &str| Incoming::parse(text.as_bytes());
        let request = read(r#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#);
        assert!(matches!(
            request,
            Ok(Incoming::Request {
                params: Value::Null,
                ..
            })
        ));
        for other in [
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            assert_eq!(read(other), Ok(Incoming::Other));
        }
        for (bad, code) in [
            ("{", -32700),
            ("[]", -32600),
            ("7", -32600),
            (r#"{"jsonrpc":"2.0"}"#, -32600),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
        ] {
            assert_eq!(read(bad).map_err(|error| error.code), Err(code), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Incoming::parse(&bytes);
        }
    }
}
