//! What a message looks like.

use berth_domain::ids::RunId;
use berth_domain::ports::queue::Hint;
use google_cloud_pubsub::model::Message;

/// The attribute that names the runner a hint is for; subscriptions filter by it.
pub(super) const RUNNER: &str = "runner";
/// Bytes of the longest message that is looked at. A real one has 43.
const LONGEST: usize = 64;

/// A hint as a message: a word and the run's id.
pub(super) fn message(hint: Hint, runner: Option<&str>) -> Message {
    let text = match hint {
        Hint::Claim(run) => format!("claim {run}"),
        Hint::Cancel(run) => format!("cancel {run}"),
    };
    Message::new()
        .set_data(text)
        .set_attributes(runner.map(|name| (RUNNER, name)))
}

/// A message as a hint; else why it is none. Anybody who may publish may have written it.
pub(super) fn hint(data: &[u8]) -> Result<Hint, &'static str> {
    if data.len() > LONGEST {
        return Err("too_large");
    }
    let (word, id) = std::str::from_utf8(data)
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or("malformed")?;
    let run: RunId = id.parse().map_err(|_| "malformed")?;
    match word {
        "claim" => Ok(Hint::Claim(run)),
        "cancel" => Ok(Hint::Cancel(run)),
        _ => Err("unknown_word"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0199aa00-0000-7000-8000-000000000001";

    #[test]
    fn a_hint_comes_back_and_its_message_holds_nothing_else() {
        let run: RunId = ID.parse().unwrap();
        for sent in [Hint::Claim(run), Hint::Cancel(run)] {
            let message = message(sent, Some("vm-1"));
            assert_eq!(hint(&message.data), Ok(sent));
            assert!(message.data.len() <= 43);
            assert_eq!(message.attributes.len(), 1);
            assert_eq!(message.attributes[RUNNER], "vm-1");
        }
        assert!(message(Hint::Claim(run), None).attributes.is_empty());
    }

    #[test]
    fn whatever_else_is_in_a_message_is_no_hint() {
        let cases: [(Vec<u8>, &str); 9] = [
            (Vec::new(), "malformed"),
            (vec![0xff, 0xfe], "malformed"),
            (b"claim".to_vec(), "malformed"),
            (b"claim 1".to_vec(), "malformed"),
            (format!("claim {ID}\0").into_bytes(), "malformed"),
            (format!("{{\"run\":\"{ID}\"}}").into_bytes(), "malformed"),
            (format!("CLAIM {ID}").into_bytes(), "unknown_word"),
            (format!("delete {ID}").into_bytes(), "unknown_word"),
            (vec![b' '; 10_000_000], "too_large"),
        ];
        for (data, reason) in cases {
            assert_eq!(hint(&data), Err(reason));
        }
    }
}
