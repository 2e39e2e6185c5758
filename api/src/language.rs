//! Which language a client reads.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri, header};

/// A language there is a catalogue for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    #[default]
    English,
    Korean,
}

impl Language {
    /// `?lang=` (or `?language=`) first, for browsers cannot set headers on a WebSocket; then `Accept-Language`.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| matches!(*name, "lang" | "language"))
            .find_map(|(_, tag)| Self::parse(tag));
        asked
            .or_else(|| Self::accepted(headers))
            .unwrap_or_default()
    }

    /// The IETF tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let (tag, quality) = range.split_once(";q=").unwrap_or((range, "1"));
            let quality = quality.trim().parse().unwrap_or(0.0);
            if let Some(language) = Self::parse(tag)
                && quality > best.map_or(0.0, |(_, other)| other)
            {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language)
    }

    fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        match primary {
            "ko" | "KO" => Some(Self::Korean),
            "en" | "EN" => Some(Self::English),
            _ => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(uri: &str, accept: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        Language::of(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_best_known_language_wins() {
        assert_eq!(language("/", "fr, ko-KR;q=0.9, en;q=0.8"), Language::Korean);
        assert_eq!(language("/", "en-GB,ko;q=0.5"), Language::English);
        assert_eq!(language("/", "fr"), Language::English);
        assert_eq!(language("/?lang=ko", "en"), Language::Korean);
        assert_eq!(language("/?lang=xx", "ko;q=0"), Language::English);
    }
}
