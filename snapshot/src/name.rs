//! Paths as they stand in a manifest: relative, parts joined by `/`, bytes that are no UTF-8 (and `%`) as `%xx`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::limits::DEPTH;

/// Bytes of the longest part (Linux's).
const PART: usize = 255;

/// The bytes of a path or of a link's target, as text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            let _ = write!(text, "%{byte:02x}");
        }
    }
    text
}

/// The bytes again.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

/// A path that stays below where it begins, and has one way of writing it.
pub(crate) fn path(text: &str) -> Result<PathBuf, &'static str> {
    let bytes = decode(text);
    if encode(&bytes) != text {
        return Err("a path is written in another way");
    }
    let mut parts = 0;
    for part in bytes.split(|byte| *byte == b'/') {
        parts += 1;
        if part.is_empty()
            || part == b"."
            || part == b".."
            || part.len() > PART
            || part.contains(&0)
        {
            return Err("a path leads elsewhere");
        }
    }
    if parts > DEPTH {
        return Err("a path is too deep");
    }
    Ok(PathBuf::from(OsString::from_vec(bytes)))
}

/// The folder an entry is in; `None` at the top.
pub(crate) fn parent(text: &str) -> Option<&str> {
    text.rsplit_once('/').map(|(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_byte_for_byte() {
        for bytes in [
            &b"a/b c"[..],
            "보고서/1월.csv".as_bytes(),
            b"100%",
            b"\xc0\xaf/\xff",
            b"new\nline",
        ] {
            let text = encode(bytes);
            assert_eq!(decode(&text), bytes);
            assert!(path(&text).is_ok(), "{text}");
        }
        assert_eq!(parent("a/b/c"), Some("a/b"));
        assert_eq!(parent("a"), None);
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        let deep = ["x"; DEPTH + 1].join("/");
        let long = "x".repeat(256);
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../../b",
            "a/./b",
            "a\0b",
            "%2e%2e/a",
            "a%2fb",
            "%00",
            "a%2Fb",
            "%41",
            "%",
            &deep,
            &long,
        ] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }
}
