//! A JSON reader that keeps every token as it was written and refuses an object with a key twice.
//!
//! `serde_json::Value` would take the last of two equal keys, where another parser takes the first: what was checked would
//! not be what is carried out. It would also round long numbers. Here a request is read once, checked as a tree and written
//! again from that tree, so upstream sees exactly what was checked.

use std::borrow::Cow;
use std::collections::HashSet;

/// How deep values may nest, as in `serde_json`.
const MAX_DEPTH: usize = 128;

/// A value whose scalars are slices of the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    /// A number, `true`, `false` or `null`, as written.
    Plain(&'a str),
    Text(Text<'a>),
    List(Vec<Json<'a>>),
    Object(Vec<(Text<'a>, Json<'a>)>),
}

/// A string with and without its escapes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text<'a> {
    /// With quotes, as written.
    raw: &'a str,
    pub(crate) value: Cow<'a, str>,
}

impl<'a> Text<'a> {
    /// A string that needs no escapes, given with its quotes.
    pub(crate) fn plain(quoted: &'a str) -> Self {
        Self {
            raw: quoted,
            value: Cow::Borrowed(quoted.trim_matches('"')),
        }
    }
}

/// The text is not JSON, or says a thing twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    #[error("not valid JSON at byte {0}")]
    Invalid(usize),
    #[error("duplicate key {0:?}")]
    Duplicate(String),
    #[error("nested too deeply")]
    TooDeep,
}

impl<'a> Json<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        parser.space();
        if parser.at == text.len() {
            Ok(value)
        } else {
            Err(parser.invalid())
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(name, _)| name.value == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Plain(token) => token.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Self::Plain("true"))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Plain("null"))
    }

    /// Appends the value without white space.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Plain(token) => out.push_str(token),
            Self::Text(text) => out.push_str(text.raw),
            Self::List(items) => write_all(out, ['[', ']'], items, Self::write),
            Self::Object(fields) => write_all(out, ['{', '}'], fields, |(name, value), out| {
                out.push_str(name.raw);
                out.push(':');
                value.write(out);
            }),
        }
    }
}

fn write_all<T>(
    out: &mut String,
    brackets: [char; 2],
    items: &[T],
    write: impl Fn(&T, &mut String),
) {
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(brackets[1]);
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        if depth >= MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.space();
        match self.peek() {
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'[') => self.list(depth),
            Some(b'{') => self.object(depth),
            Some(_) => self.plain(),
            None => Err(self.invalid()),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut items = Vec::new();
        self.at += 1;
        if self.accept(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.accept(b']') {
                return Ok(Json::List(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut fields: Vec<(Text<'a>, Json<'a>)> = Vec::new();
        let mut seen = HashSet::new();
        self.at += 1;
        if self.accept(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            let name = self.string()?;
            if !seen.insert(name.value.clone()) {
                return Err(JsonError::Duplicate(name.value.chars().take(64).collect()));
            }
            self.expect(b':')?;
            fields.push((name, self.value(depth + 1)?));
            if self.accept(b'}') {
                return Ok(Json::Object(fields));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<Text<'a>, JsonError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.invalid());
        }
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(self.invalid()),
            }
        }
        self.at += 1;
        let raw = self
            .text
            .get(start..self.at)
            .ok_or(JsonError::Invalid(start))?;
        let value = if escaped {
            Cow::Owned(serde_json::from_str(raw).map_err(|_| JsonError::Invalid(start))?)
        } else {
            Cow::Borrowed(&raw[1..raw.len() - 1])
        };
        Ok(Text { raw, value })
    }

    fn plain(&mut self) -> Result<Json<'a>, JsonError> {
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')))
            .unwrap_or(rest.len());
        let token = &rest[..length];
        if !matches!(token, "true" | "false" | "null") && !is_number(token) {
            return Err(self.invalid());
        }
        self.at += length;
        Ok(Json::Plain(token))
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(self.invalid())
        }
    }

    fn invalid(&self) -> JsonError {
        JsonError::Invalid(self.at)
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(token: &str) -> bool {
    let (mantissa, exponent) = match token.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (token, None),
    };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests;
