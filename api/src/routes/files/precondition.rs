//! Conditional and partial requests: `If-Match`, `If-None-Match`, `Range`.

use http::{HeaderMap, HeaderName, header};

/// A workspace's version tag as a strong entity tag.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{}\"", etag.trim_matches('"'))
}

/// The tags of a condition, without quotes; `*` stays as it is.
pub(super) fn tags(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .filter(|tag| !tag.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// What a `Range` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything: there is no range, or one of a form that may be ignored.
    All,
    /// From a first byte on, maybe to a last one.
    From(u64, Option<u64>),
    /// That many bytes at the end.
    Last(u64),
}

/// What a file of known size can give of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    All,
    /// First and last byte, both inclusive.
    Bytes(u64, u64),
    /// It ends before.
    Nothing,
}

impl Wanted {
    /// The part of a file with `size` bytes.
    pub(super) fn of(self, size: u64) -> Part {
        let end = size.saturating_sub(1);
        match self {
            Self::All => Part::All,
            Self::From(first, last) if first < size => {
                Part::Bytes(first, last.unwrap_or(end).min(end))
            }
            Self::Last(count) if count > 0 && size > 0 => {
                Part::Bytes(size.saturating_sub(count), end)
            }
            Self::From(..) | Self::Last(_) => Part::Nothing,
        }
    }
}

/// Whether a condition names this version, or any.
pub(super) fn matches_any(headers: &HeaderMap, name: HeaderName, etag: &str) -> bool {
    let etag = etag.trim_matches('"');
    tags(headers, name)
        .iter()
        .any(|tag| tag == "*" || tag == etag)
}

/// Reads `Range`. Several ranges at once are answered whole, as RFC 9110 allows.
pub(super) fn range(headers: &HeaderMap) -> Wanted {
    headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().strip_prefix("bytes="))
        .and_then(one_range)
        .unwrap_or(Wanted::All)
}

fn one_range(spec: &str) -> Option<Wanted> {
    let (first, last) = spec.trim().split_once('-')?;
    if first.is_empty() {
        return Some(Wanted::Last(last.parse().ok()?));
    }
    let first: u64 = first.parse().ok()?;
    if last.is_empty() {
        return Some(Wanted::From(first, None));
    }
    let last: u64 = last.parse().ok()?;
    (first <= last).then_some(Wanted::From(first, Some(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &'static str) -> Wanted {
        range(&HeaderMap::from_iter([(
            header::RANGE,
            text.parse().unwrap(),
        )]))
    }

    #[test]
    fn one_range_is_served_and_others_ignored() {
        assert_eq!(parsed("bytes=0-9"), Wanted::From(0, Some(9)));
        assert_eq!(parsed("bytes=5-"), Wanted::From(5, None));
        assert_eq!(parsed("bytes=-5"), Wanted::Last(5));
        for ignored in ["bytes=0-1,3-4", "bytes=9-0", "lines=0-1", "bytes=x-"] {
            assert_eq!(parsed(ignored), Wanted::All, "{ignored}");
        }
    }

    #[test]
    fn parts_stay_within_the_file() {
        assert_eq!(Wanted::From(2, Some(99)).of(10), Part::Bytes(2, 9));
        assert_eq!(Wanted::Last(99).of(10), Part::Bytes(0, 9));
        assert_eq!(Wanted::From(10, None).of(10), Part::Nothing);
        assert_eq!(Wanted::Last(0).of(10), Part::Nothing);
        assert_eq!(Wanted::From(0, None).of(0), Part::Nothing);
    }

    #[test]
    fn tags_lose_their_quotes() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, "\"a\", W/\"b\",*".parse().unwrap());
        assert_eq!(tags(&headers, header::IF_NONE_MATCH), ["a", "b", "*"]);
    }
}
