//! The built dashboard, inside the binary.
//!
//! `npm run build` writes `dist` with a `.br` and a `.gz` beside every text file; this crate embeds them, so that the
//! server neither reads the disk nor compresses anything while it serves. Without a build (`cargo test` on a fresh
//! checkout) the crate compiles and holds nothing. Which addresses get the page itself is the api crate's decision.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "dist"]
#[allow_missing = true]
struct Dist;

/// The page: what every address that is not an asset or an API answers.
pub const INDEX: &str = "index.html";

/// A file of the dashboard, ready to be sent.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The body, encoded as `encoding` says.
    pub bytes: Cow<'static, [u8]>,
    /// For `content-type`; told from the file's name.
    pub content_type: &'static str,
    /// For `content-encoding`; `None` when the bytes are the file itself. Answers vary by `accept-encoding`.
    pub encoding: Option<&'static str>,
    /// For `etag`, quotes included; each encoding has its own.
    pub etag: String,
    /// The name carries a hash of the content, so that browsers may keep it for good.
    pub immutable: bool,
}

/// The file at `path` (`index.html`, `assets/…`), in the smallest form that `accept_encoding`, the value of the request's
/// header, allows. `None` when there is no such file; the compressed variants have no address of their own.
pub fn asset(path: &str, accept_encoding: &str) -> Option<Asset> {
    let content_type = content_type(path)?;
    let variants = [("br", ".br"), ("gzip", ".gz")];
    let compressed = variants
        .into_iter()
        .filter(|(name, _)| accepts(accept_encoding, name))
        .find_map(|(name, suffix)| {
            Dist::get(&format!("{path}{suffix}")).map(|file| (file, Some(name)))
        });
    let (file, encoding) = match compressed {
        Some(found) => found,
        None => (Dist::get(path)?, None),
    };
    Some(Asset {
        etag: etag(&file),
        bytes: file.data,
        content_type,
        encoding,
        immutable: is_hashed(path),
    })
}

/// Whether a header such as `gzip, deflate, br;q=0.9` names an encoding without refusing it (`q=0`).
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts
            .filter_map(|parameter| parameter.strip_prefix("q="))
            .any(|quality| quality.trim().parse() == Ok(0.0_f32));
        named && !refused
    })
}

/// The types the build can contain; anything else (the compressed variants among them) is not served.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "csv" => "text/csv; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

fn etag(file: &EmbeddedFile) -> String {
    use std::fmt::Write as _;

    let hash = file.metadata.sha256_hash();
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Vite names what it bundles `name-HASH.ext`, eight characters of base 64; files copied as they are have no hash.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let hash = name
        .rsplit_once('.')
        .and_then(|(stem, _)| stem.get(stem.len().checked_sub(9)?..));
    hash.is_some_and(|hash| {
        hash.starts_with('-')
            && hash[1..]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_counts_only_when_it_is_named_and_not_refused() {
        assert!(accepts("gzip, deflate, br;q=0.9", "br"));
        assert!(accepts("GZIP", "gzip"));
        assert!(!accepts("gzip;q=0, br", "gzip"));
        assert!(!accepts("", "br"));
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_good() {
        assert!(is_hashed("assets/index-Dgbw19sd.css"));
        assert!(is_hashed("assets/page-B-l9_46y.js"));
        assert!(!is_hashed("assets/theme.js"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("assets/sample/sales.csv"));
    }

    #[test]
    fn compressed_variants_and_foreign_types_have_no_address() {
        assert!(asset("assets/index-Dgbw19sd.css.br", "br").is_none());
        assert!(asset("../Cargo.toml", "").is_none());
    }

    #[test]
    fn a_built_page_is_served_in_the_form_that_was_asked_for() {
        // A checkout without `npm run build` has no page; then there is nothing to look at.
        let Some(plain) = asset(INDEX, "") else {
            return;
        };
        assert_eq!(plain.encoding, None);
        assert!(plain.bytes.starts_with(b"<!doctype html>"));
        assert!(!plain.immutable);
    }
}
